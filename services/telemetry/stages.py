"""What is counted about stages and evaluations: the calls, beside the metrics' definitions."""

from __future__ import annotations

from services.contract import StageReport, Status
from services.stages import Stage
from services.telemetry.metrics import CLAIMS_LOST, ENDED, REDISPATCHES, REWARD, STAGE_OUTCOMES, STAGE_SECONDS


def stage_ended(report: StageReport, *, contended: bool) -> None:
    """Count a stage that came to a result of the candidate's."""
    outcome = "contended" if contended else ("passed" if report.passed else "failed")
    STAGE_SECONDS.labels(report.stage.value).observe(report.seconds)
    STAGE_OUTCOMES.labels(report.stage.value, outcome).inc()


def stage_failed(stage: Stage, reason: str) -> None:
    """Count a try that ended by our own fault."""
    STAGE_OUTCOMES.labels(stage.value, reason).inc()


def claim_lost(stage: Stage) -> None:
    CLAIMS_LOST.labels(stage.value).inc()


def sent_again(stage: Stage) -> None:
    REDISPATCHES.labels(stage.value).inc()


def evaluation_ended(status: Status, reason: str | None, profile: str | None, reward: float | None) -> None:
    """Count an evaluation's end. ``profile`` is a built-in one's name or ``custom``, so that labels stay bounded."""
    ENDED.labels(status.value, reason or "").inc()
    if profile is not None and reward is not None:
        REWARD.labels(profile).observe(reward)
