"""Which work is equal: the key of a stage's memo is the hash of everything that goes into its report. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from services.contract import Spending, StageReport
from services.rewards.profile import Profile
from services.stages import Stage
from services.stores.models import EvaluationRow, MemoRow

VERSIONS_THAT_MATTER: dict[Stage, tuple[str, ...]] = {
    Stage.LINT: ("rules", "toolchain"),
    Stage.RESOLVE: ("toolchain",),
    Stage.BUILD: ("toolchain",),
    Stage.RENDER: ("browser", "render"),
    Stage.JUDGE: ("judge",),
}
"""Components whose version a stage's result depends on; a worker of another version must not do the work."""


KILLED_WORKER = "pipeline/killed-worker"
PERISHABLE_SECONDS = 900.0
"""How long a result holds that a change of our own surroundings could have made: see `is_stale`."""


def is_stale(memo: MemoRow, now: float) -> bool:
    """Whether a settled memo must be worked again: a package that was missing may have come to the registry since,
    and workers that a rollout took along may have died of something that is mended."""
    if memo.report is None or memo.report["passed"]:
        return False
    killed = any(finding["rule"] == KILLED_WORKER for finding in memo.report["findings"])
    perishable = killed or memo.stage == Stage.RESOLVE.value
    return perishable and (memo.settled_at or 0.0) < now - PERISHABLE_SECONDS


def memo_key(stage: Stage, row: EvaluationRow, profile: Profile, reports: Mapping[Stage, StageReport]) -> str:
    """SHA-256 over a stage's inputs and the versions that matter to it.

    A verdict is a sample: its key holds how far it is reused (`_reach`), so that ties within a step stay ties and a
    later step asks anew.
    """
    versions = [row.versions.get(name) for name in VERSIONS_THAT_MATTER[stage]]
    parts = [stage.value, versions, _inputs(stage, row, profile, reports)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _inputs(stage: Stage, row: EvaluationRow, profile: Profile, reports: Mapping[Stage, StageReport]) -> list[object]:
    match stage:
        case Stage.LINT:
            return [row.completion, row.truncated]
        case Stage.RESOLVE:
            lint = reports[Stage.LINT]
            return [lint.facts.get("declared_hash") or lint.artifacts["source.json"].blob]
        case Stage.BUILD:
            source = reports[Stage.LINT].artifacts["source.json"].blob
            dependency_set = reports[Stage.RESOLVE].facts.get("dependency_set")
            return [source, dependency_set, profile.lane, profile.typecheck != "off"]
        case Stage.RENDER:
            return [reports[Stage.BUILD].artifacts["bundle.zip"].blob, profile.render]
        case Stage.JUDGE:
            render = reports[Stage.RENDER]
            pictures = {name: artifact.blob for name, artifact in render.artifacts.items()}
            return [pictures, render.facts.get("page"), row.instruction, profile.judge.samples, _reach(row, profile)]


def _reach(row: EvaluationRow, profile: Profile) -> object:
    """Whose verdict an evaluation may take over: nobody's, of its run, or of its run and step. A derived evaluation
    was asked for to have another verdict."""
    if row.derived_from or profile.judge.verdict_reuse == "never":
        return row.id
    return row.run if profile.judge.verdict_reuse == "run" else [row.run, row.step]


def taken_over(report: StageReport) -> StageReport:
    """A report as it stands with whoever takes it over: the work was done for somebody else, who paid for it."""
    spending = report.facts.get("spending")
    nothing = {"spending": Spending(currency=spending["currency"]).model_dump(mode="json")} if spending else {}
    return report.model_copy(update={"reused": True, "facts": report.facts | nothing})
