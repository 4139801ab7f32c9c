"""What log lines say of an evaluation, and the counters of its end begun at 0."""

from __future__ import annotations

from services.contract import Status
from services.errors import InfrastructureError
from services.rewards.profile import BUILT_IN, Band
from services.stores.models import EvaluationRow
from services.telemetry.stages import band_introduced, end_introduced

CUSTOM = "custom"
"""Stands for every profile that is not built in, so that labels stay bounded."""


def about(row: EvaluationRow) -> dict[str, str]:
    """Its ids: its own, that of the request that submitted it and that of the request's trace. For lines that are
    written while another evaluation is worked on, too."""
    ids = {"evaluation_id": row.id, "request_id": row.request_id}
    return ids | ({"trace_id": row.traceparent.split("-")[1]} if row.traceparent else {})


def profile_label(profile: str) -> str:
    return profile if profile in BUILT_IN else CUSTOM


def ends_introduced() -> None:
    """For every process that may end an evaluation."""
    end_introduced(Status.SCORED)
    end_introduced(Status.CANCELLED)
    for reason in sorted(_reasons(InfrastructureError)):
        end_introduced(Status.UNSCORED, reason)
    for profile in (*BUILT_IN, CUSTOM):
        for band in Band:
            band_introduced(profile, band.value)


def _reasons(error: type[InfrastructureError]) -> set[str]:
    return {error.reason}.union(*map(_reasons, error.__subclasses__()))
