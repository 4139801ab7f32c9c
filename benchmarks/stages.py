"""The stages' own work without a stack: completion -> site source -> dependency set -> bundle -> screenshots."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.candidates import Candidate
from build_worker.build import make_build
from build_worker.resolve import make_resolve
from render_worker.render import make_render
from services.contract import Artifact, StageReport
from services.pipeline.work import StageJob, StageResult, StageWork
from services.rewards.profile import LaneChoice, Profile, built_in
from services.sandbox import make_sandbox
from services.settings import BuildSettings, RenderSettings, ResolveSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs


@dataclass(slots=True)
class Stages:
    """The three stages behind the linter, on this machine's prepared tools; one worker's worth, one job at a time.
    Of the render stage, what makes pictures."""

    settings: BuildSettings = field(default_factory=BuildSettings)
    resolve: StageWork = field(init=False)
    build: StageWork = field(init=False)
    render: StageWork = field(init=False)

    def __post_init__(self) -> None:
        self.resolve = make_resolve(ResolveSettings())
        self.build = make_build(self.settings)
        self.render = make_render(RenderSettings(), make_sandbox(self.settings.sandbox), only_pictures=True)

    def modules(self, journey: Journey) -> Path:
        """``node_modules`` of the set that the resolve stage named."""
        return self.settings.tools.sets / str(journey.reports[Stage.RESOLVE].facts["dependency_set"]) / "node_modules"


class Journey:
    """One candidate on its way through the stages, by a lane of ours to choose."""

    def __init__(self, candidate: Candidate, lane: LaneChoice = "auto") -> None:
        self.blobs = MemoryBlobs()
        self.reports: dict[Stage, StageReport] = {}
        self._completion = candidate.completion
        self._profile = _profile(lane)
        self._report(Stage.LINT, StageResult(True, artifacts={"source.json": self._keep(candidate.site.to_bytes())}))

    def run(self, stage: Stage, work: StageWork) -> StageResult:
        """The stage's result, which is the next stage's to read."""
        job = StageJob("", stage, "", self._completion, False, self._profile, self.reports, True, self.blobs)
        result = work(job)
        self._report(stage, result)
        return result

    def content(self, stage: Stage, artifact: str) -> bytes:
        return self.blobs.get(self.reports[stage].artifacts[artifact].blob)

    def _keep(self, content: bytes) -> Artifact:
        return Artifact(blob=self.blobs.put(content), media_type="application/json", size=len(content))

    def _report(self, stage: Stage, result: StageResult) -> None:
        self.reports[stage] = StageReport(
            stage=stage,
            passed=result.passed,
            findings=list(result.findings),
            facts=result.facts,
            artifacts=result.artifacts,
        )


def _profile(lane: LaneChoice) -> Profile:
    return built_in()["cascade"].model_copy(update={"lane": lane})
