"""The resolution date: what was published later does not exist for any site.

It belongs to the toolchain's release, so that a run resolves alike in its first and in its last week; every worker
announces it as part of its ``toolchain`` version, to which runs are pinned. To move it: set it to a day before the
release's own, `python -m build_worker.setup`, and run the golden rollouts. An operator moves it with
``WEBGEN_TOOLS__RESOLVE_BEFORE``, the same for every worker.

npm holds the date by the publication times that the registry sends with a package; a registry that sends none is
taken at its word of today. Two things of a package move without being published, and no date holds them: its
tags (``latest`` is preferred where a range allows it) and its deprecation (such versions are taken last).
"""

from __future__ import annotations

from services.settings import ToolSettings

RESOLVED_BEFORE = "2026-11-20"
"""Packages published up to the beginning of this day, UTC."""


def resolved_before(tools: ToolSettings) -> str:
    """The date in force, as ``YYYY-MM-DD``."""
    return tools.resolve_before.isoformat() if tools.resolve_before else RESOLVED_BEFORE


def instant(date: str) -> str:
    """The date as npm is told it."""
    return f"{date}T00:00:00.000Z"
