"""Versions of the lint, resolve and build stages: runs are pinned to them."""

from __future__ import annotations

from build_worker.dependencies.release import resolved_before
from build_worker.lanes import PROJECT_VERSION
from build_worker.node import find_node
from build_worker.toolchain import toolchain_hash
from build_worker.typecheck import TYPES_VERSION
from services.compliance import RULES_VERSION
from services.settings import BuildSettings, ResolveSettings


def versions(settings: BuildSettings | ResolveSettings) -> dict[str, str]:
    """Component -> version: ``toolchain`` (Node, npm, linter, type checker, bundler, resolution date,
    lanes) and ``rules``.

    Raises:
        ToolchainError: Node or npm is missing on this machine.
    """
    tools = settings.tools
    toolchain = (toolchain_hash(find_node(tools)), resolved_before(tools), PROJECT_VERSION, TYPES_VERSION, tools.lane)
    return {"toolchain": "-".join(toolchain), "rules": RULES_VERSION}
