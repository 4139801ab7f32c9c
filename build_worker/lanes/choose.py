"""Which lane builds: as the profile says, else as the setting says, else the scaffold lane wherever it promises the
project's own result."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from build_worker.lanes.protocol import Lane, LaneOutcome
from services.contract import SiteSource
from services.rewards.profile import LaneChoice
from services.telemetry.work import built

READ_AS_DATA = "its configuration was read as data"
CHOSEN = "the profile or the settings name it"


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes of one worker.

    Attributes:
        setting: what counts where a profile leaves the lane at ``auto``.
    """

    scaffold: Lane
    project: Lane
    setting: LaneChoice = "auto"

    def build(self, choice: LaneChoice, site: SiteSource, modules: Path) -> LaneOutcome:
        """Build by the lane that a profile chose. Where it chose ``auto``, the result is never a declined one.

        Raises:
            SandboxError, ToolchainError: nothing is known of the candidate.
        """
        match self.setting if choice == "auto" else choice:
            case "scaffold":
                return replace(self.scaffold.build(site, modules), reason=CHOSEN)
            case "project":
                return replace(self.project.build(site, modules), reason=CHOSEN)
            case "auto":
                return self._whichever_holds(site, modules)

    def _whichever_holds(self, site: SiteSource, modules: Path) -> LaneOutcome:
        first = self.scaffold.build(site, modules)
        if first.declined is None:
            return replace(first, reason=READ_AS_DATA)
        built(first.lane, "declined")
        return replace(self.project.build(site, modules), reason=first.declined)
