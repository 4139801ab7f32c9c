"""How a build runs: one interface, the lanes behind it, and the choice between them."""

from build_worker.lanes.choose import Lanes
from build_worker.lanes.make import make_lanes, make_scaffold_lane
from build_worker.lanes.project import PROJECT_VERSION, ProjectLane
from build_worker.lanes.protocol import SITE, Lane, LaneOutcome
from build_worker.lanes.scaffold import ScaffoldLane

__all__ = [
    "PROJECT_VERSION",
    "SITE",
    "Lane",
    "LaneOutcome",
    "Lanes",
    "ProjectLane",
    "ScaffoldLane",
    "make_lanes",
    "make_scaffold_lane",
]
