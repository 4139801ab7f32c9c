"""A build worker on another machine than the resolver gets its dependency set as an artifact."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from build_worker.build import make_build
from build_worker.dependencies import SET_ARCHIVE, make_sets
from build_worker.resolve import make_resolve
from build_worker.setup import prepare
from build_worker.toolchain import toolchain_path
from services.artifact import scaffold_files
from services.contract import SiteSource, StageReport
from services.errors import DependencySetMissing
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import built_in
from services.settings import BuildSettings, ResolveSettings, ToolSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

pytestmark = pytest.mark.stack


@pytest.fixture
def elsewhere() -> Iterator[ToolSettings]:
    """Another machine's folder of sets: it has the toolchain and no set. The sandbox's user can read it."""
    prepare(ResolveSettings(), lambda _: None)
    with tempfile.TemporaryDirectory(prefix="wg-sets-") as folder:
        Path(folder).chmod(0o755)
        toolchain = toolchain_path(ToolSettings())
        (Path(folder) / toolchain.name).symlink_to(toolchain)
        yield ToolSettings(sets=Path(folder))


class Bench:
    """The scaffold itself, past the lint stage."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs()
        self.reports: dict[Stage, StageReport] = {}
        source = self.job(Stage.LINT).keep(SiteSource(files=scaffold_files()).to_bytes(), "application/json")
        self.report(Stage.LINT, StageResult(passed=True, artifacts={"source.json": source}))

    def job(self, stage: Stage) -> StageJob:
        return StageJob(
            evaluation_id="e",
            stage=stage,
            instruction="",
            completion="",
            truncated=False,
            profile=built_in()["cascade"],
            reports=self.reports,
            alone=False,
            blobs=self.blobs,
        )

    def report(self, stage: Stage, result: StageResult) -> StageResult:
        self.reports[stage] = StageReport(
            stage=stage, passed=result.passed, facts=result.facts, artifacts=result.artifacts
        )
        return result

    def resolve(self, *, share: bool) -> StageResult:
        work = make_resolve(ResolveSettings(share_sets=share))
        return self.report(Stage.RESOLVE, work(self.job(Stage.RESOLVE)))


def test_a_set_that_is_missing_arrives_with_the_report(elsewhere: ToolSettings) -> None:
    bench = Bench()
    resolved = bench.resolve(share=True)
    assert resolved.artifacts[SET_ARCHIVE].media_type == "application/gzip"
    assert bench.resolve(share=True).artifacts == resolved.artifacts
    built = make_build(BuildSettings(tools=elsewhere))(bench.job(Stage.BUILD))
    assert built.passed, built
    assert make_sets(elsewhere).verify(resolved.facts["dependency_set"]) == []


def test_without_sharing_it_is_resolved_again(elsewhere: ToolSettings) -> None:
    bench = Bench()
    resolved = bench.resolve(share=False)
    assert resolved.artifacts == {}
    assert {"dependency_set", "packages", "seconds_install", "set_was_there", "resolved_before"} <= set(resolved.facts)
    with pytest.raises(DependencySetMissing):
        make_build(BuildSettings(tools=elsewhere))(bench.job(Stage.BUILD))
