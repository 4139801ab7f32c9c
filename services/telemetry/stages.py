"""What is counted about stages and evaluations: the calls, beside the metrics' definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from services.contract import StageReport, Status
from services.stages import Stage
from services.telemetry.metrics import (
    BANDS,
    CLAIMS_LOST,
    COMPONENT,
    ENDED,
    EVALUATION_SECONDS,
    LAST_SWEEP,
    REDISPATCHES,
    REWARD,
    STAGE_OUTCOMES,
    STAGE_QUEUE_SECONDS,
    STAGE_SECONDS,
    SWEEPS,
)

RESULTS = ("passed", "failed", "contended")


def stage_begun(stage: Stage, waited: float) -> None:
    """Count a claim. ``waited``: seconds since the stage was due."""
    STAGE_QUEUE_SECONDS.labels(stage.value).observe(waited)


def outcome_of(report: StageReport, *, contended: bool) -> str:
    """One of `RESULTS`."""
    return "contended" if contended else ("passed" if report.passed else "failed")


def stage_ended(report: StageReport, *, contended: bool) -> None:
    """Count a stage that came to a result of the candidate's."""
    STAGE_SECONDS.labels(report.stage.value).observe(report.seconds)
    STAGE_OUTCOMES.labels(report.stage.value, outcome_of(report, contended=contended)).inc()


def stage_failed(stage: Stage, reason: str) -> None:
    """Count a try that ended by our own fault."""
    STAGE_OUTCOMES.labels(stage.value, reason).inc()


def stage_reused(stage: Stage) -> None:
    """Count a report that was taken over from equal work."""
    STAGE_OUTCOMES.labels(stage.value, "reused").inc()


def claim_lost(stage: Stage) -> None:
    CLAIMS_LOST.labels(stage.value).inc()


def sent_again(stage: Stage) -> None:
    REDISPATCHES.labels(stage.value).inc()


def swept(outcome: str) -> None:
    """Count a round of the reaper: ``done``, ``failed`` or ``idle``."""
    SWEEPS.labels(outcome).inc()
    LAST_SWEEP.labels(outcome).set_to_current_time()


def evaluation_ended(status: Status, reason: str | None, seconds: float) -> None:
    """Count an evaluation's end. ``seconds``: since its submission."""
    ENDED.labels(status.value, reason or "").inc()
    EVALUATION_SECONDS.labels(status.value).observe(max(0.0, seconds))


def rewarded(profile: str, band: str, reward: float, components: Mapping[str, float]) -> None:
    """Count a reward. ``profile``: a built-in one's name or ``custom``, so that labels stay bounded."""
    REWARD.labels(profile).observe(reward)
    BANDS.labels(profile, band).inc()
    for name, value in components.items():
        COMPONENT.labels(profile, name).observe(value)


def stages_introduced(stages: Iterable[Stage]) -> None:
    """Begin the counters of a worker's stages at 0: what begins at 1 has no rate."""
    for stage in stages:
        for outcome in RESULTS:
            STAGE_OUTCOMES.labels(stage.value, outcome)


def losses_introduced() -> None:
    """The same of what a reaper counts."""
    for stage in Stage:
        CLAIMS_LOST.labels(stage.value)
        REDISPATCHES.labels(stage.value)
    for outcome in ("done", "failed", "idle"):
        SWEEPS.labels(outcome)


def end_introduced(status: Status, reason: str = "") -> None:
    ENDED.labels(status.value, reason)


def band_introduced(profile: str, band: str) -> None:
    BANDS.labels(profile, band)
    REWARD.labels(profile)
