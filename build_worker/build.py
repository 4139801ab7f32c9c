"""The build stage: site source and dependency set -> bundle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from build_worker.bundle import bundle
from build_worker.dependencies import SET_ARCHIVE, SetStore, declared, make_sets
from build_worker.diagnosis import diagnose
from build_worker.lanes import LaneOutcome, Lanes, make_lanes
from build_worker.sizes import bytes_by_kind, checked
from build_worker.text import bounded, plain
from build_worker.toolchain import toolchain_path
from build_worker.typecheck import typecheck
from services.contract import Artifact, Finding, Severity, SiteSource
from services.errors import DependencySetMissing
from services.pipeline.work import StageJob, StageResult, StageWork
from services.sandbox import Outcome, make_sandbox
from services.settings import BuildSettings
from services.stages import Stage
from services.telemetry.work import built

_INDEX = "index.html"
_MAX_REFUSED = 10


def make_build(settings: BuildSettings) -> StageWork:
    """The build stage's work.

    Raises:
        ToolchainError: Node or the toolchain is missing on this machine.
    """
    tools = toolchain_path(settings.tools)
    sandbox = make_sandbox(settings.sandbox)
    lanes = make_lanes(settings.tools, sandbox)
    store = make_sets(settings.tools)

    def work(job: StageJob) -> StageResult:
        site = SiteSource.from_bytes(job.read(Stage.LINT, "source.json"))
        with _modules(job, site, store) as modules:
            result = build(job, lanes, site, modules)
            if not result.passed or job.profile.typecheck == "off":
                return result
            types = typecheck(sandbox, tools, site, modules)
        facts = {**result.facts, **types.facts}
        findings = (*result.findings, *types.findings)
        return StageResult(
            passed=True, findings=findings, facts=facts, artifacts=result.artifacts, contended=types.contended
        )

    return work


def build(job: StageJob, lanes: Lanes, site: SiteSource, modules: Path) -> StageResult:
    """The build by the lane that the profile chose, as a stage result."""
    outcome = lanes.build(job.profile.lane, site, modules)
    run = outcome.run
    if run is None:
        built(outcome.lane, "failed")
        text = "The dependencies do not contain vite, so the site cannot be built."
        return StageResult(passed=False, findings=(_finding("build/no-vite", text),), facts={"lane": outcome.lane})
    log = plain(run.stdout + b"\n" + run.stderr).strip()
    artifacts = {"build.log": job.keep(bounded(log), "text/plain; charset=utf-8")}
    failures = _failures(outcome, run, log)
    built(outcome.lane, "declined" if outcome.declined is not None else "failed" if failures else "passed")
    if not failures:
        artifacts["bundle.zip"] = _bundle(job, run)
    return StageResult(
        passed=not failures,
        findings=(*failures, *_refused(run)),
        facts=_facts(outcome, run),
        artifacts=artifacts,
        limit_hit=run.limit_hit,
        contended=run.contended,
    )


@contextmanager
def _modules(job: StageJob, site: SiteSource, store: SetStore) -> Iterator[Path]:
    """``node_modules`` of the site's set, held against removal: the one that the resolve stage named.

    Raises:
        DependencySetMissing: it is not on this machine, nor among the resolve stage's artifacts.
    """
    report = job.reports.get(Stage.RESOLVE)
    key = report.facts.get("dependency_set") if report else None
    if key is None:
        dependencies = declared(site.files.get("package.json"))
        key = None if isinstance(dependencies, tuple) else store.key(dependencies)
    if key is None:
        raise DependencySetMissing("the site's dependency set was not resolved")
    if report and SET_ARCHIVE in report.artifacts and store.path(key) is None:
        store.unpack(key, job.read(Stage.RESOLVE, SET_ARCHIVE))
    with store.use(key) as folder:
        yield folder / "node_modules"


def _failures(outcome: LaneOutcome, run: Outcome, log: str) -> list[Finding]:
    if run.limit_hit:
        return [_finding("build/limit", f"The build was ended at its limit: {run.limit_hit}.")]
    if outcome.declined is not None:
        return [_finding("build/declined", f"Not a site for the lane that was chosen: {outcome.declined}.")]
    if run.exit_code != 0:
        return diagnose(log)
    if _INDEX not in run.files:
        return [_finding("build/no-index", "The build ended well but wrote no index.html.")]
    return []


def _refused(run: Outcome) -> list[Finding]:
    shown = run.refused[:_MAX_REFUSED] if not run.limit_hit and run.exit_code == 0 else ()
    text = "Not taken into the bundle: a link, a special file, or more than the limits allow."
    return [
        Finding(rule="build/refused-file", severity=Severity.WARNING, message=text, file=path[:300]) for path in shown
    ]


def _bundle(job: StageJob, run: Outcome) -> Artifact:
    return job.keep(bundle(run.files), "application/zip")


def _facts(outcome: LaneOutcome, run: Outcome) -> dict[str, Any]:
    return {
        **checked(outcome.facts),
        "lane": outcome.lane,
        "lane_reason": outcome.reason,
        "cpu_seconds": round(run.cpu_seconds, 2),
        "wall_seconds": round(run.wall_seconds, 2),
        "peak_memory_bytes": run.peak_memory_bytes,
        "limits_by": run.mechanism,
        "bundle_files": len(run.files),
        "bundle_bytes": sum(map(len, run.files.values())),
        "bytes_by_kind": bytes_by_kind(run.files),
    }


def _finding(rule: str, message: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message)
