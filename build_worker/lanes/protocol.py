"""Lanes: how a build runs. Bodies: `build_worker.lanes.project`, `build_worker.lanes.scaffold`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from services.contract import SiteSource
from services.sandbox import Outcome

SITE = "site"
"""Folder of the job's files below the sandbox's work folder, in every lane."""

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",  # noqa: S108  (the sandbox's own)
    "NODE_ENV": "production",
    "NO_COLOR": "1",
    "CI": "1",
}
"""The whole environment of a build, in every lane."""


@dataclass(frozen=True, slots=True)
class LaneOutcome:
    """How a lane's build ended.

    Attributes:
        lane: name of the lane that ran.
        run: the bundler's run; its files are the built site, by path. None where there was no bundler to run, and
            where the lane declined.
        declined: why this lane cannot say what the project's own toolchain would make of the site; nothing is known.
        reason: why this lane and no other ran.
        facts: what the lane knows of the bundle besides its files; see `docs/architecture.md`.
    """

    lane: str
    run: Outcome | None
    declined: str | None = None
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Lane(Protocol):
    """One way to build a site.

    Attributes:
        name: ``project``, ``scaffold`` or ``auto``.
    """

    @property
    def name(self) -> str: ...

    def build(self, site: SiteSource, modules: Path) -> LaneOutcome:
        """Build a site with a dependency set's ``node_modules``.

        Raises:
            SandboxError, ToolchainError: nothing is known of the candidate.
        """
        ...
