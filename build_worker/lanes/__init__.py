"""How a build runs: one interface, and the lanes behind it."""

from build_worker.lanes.project import PROJECT_VERSION, ProjectLane
from build_worker.lanes.protocol import SITE, Lane, LaneOutcome

__all__ = ["PROJECT_VERSION", "SITE", "Lane", "LaneOutcome", "ProjectLane"]
