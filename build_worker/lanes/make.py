"""Lanes made from settings."""

from __future__ import annotations

from build_worker.lanes.builder import Builder, Recycling, builder_job
from build_worker.lanes.choose import Lanes
from build_worker.lanes.project import ProjectLane
from build_worker.lanes.scaffold import LIMITS, ScaffoldLane
from build_worker.node import find_node
from build_worker.toolchain import toolchain_path
from services.sandbox import Sandbox
from services.settings import ToolSettings


def make_lanes(tools: ToolSettings, sandbox: Sandbox) -> Lanes:
    """The lanes of one worker process; its warm builder starts with the first build.

    Raises:
        ToolchainError: Node or the toolchain is missing on this machine.
    """
    return Lanes(make_scaffold_lane(tools, sandbox), ProjectLane(sandbox, find_node(tools)), tools.lane)


def make_scaffold_lane(tools: ToolSettings, sandbox: Sandbox, recycling: Recycling | None = None) -> ScaffoldLane:
    """The scaffold lane with a builder of its own.

    Raises:
        ToolchainError: Node or the toolchain is missing on this machine.
    """
    job = builder_job(find_node(tools), toolchain_path(tools), tools.sets, LIMITS)
    return ScaffoldLane(Builder(sandbox, job, recycling or Recycling()))
