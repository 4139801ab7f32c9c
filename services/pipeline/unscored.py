"""What is nobody's failed try: waiting for a worker, or for whoever can be asked, within a bound; and the end without a
number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.contract import Status
from services.errors import InfrastructureError, VersionMismatch
from services.pipeline.effects import Effects
from services.pipeline.route import end, queue, share_end
from services.stages import POLICIES, Stage
from services.stores.models import EvaluationRow

MISMATCH_SECONDS = 900.0
"""How long an evaluation waits for a worker of its own version."""

_MISMATCH_DELAY = 5.0

_UNTRIED = "untried:"
"""Begins the names under which `EvaluationRow.failures` holds since when a stage waits, by the reason."""


def unscored(session: Session, row: EvaluationRow, reason: str, detail: str, now: float, effects: Effects) -> None:
    """End without a number: we failed, not the model."""
    row.unscored_reason, row.unscored_detail = reason, detail[:2_000]
    share_end(session, row, effects)
    end(row, Status.UNSCORED, now, effects)


def wait_for_version(
    session: Session, row: EvaluationRow, stage: Stage, error: VersionMismatch, now: float, effects: Effects
) -> None:
    """Leave the work to a worker of the right version; during an upgrade both take from one queue."""
    since = float(row.failures.get("mismatch", now))
    row.failures = {**row.failures, "mismatch": since}
    if now - since > MISMATCH_SECONDS:
        unscored(session, row, error.reason, str(error), now, effects)
    else:
        queue(row, stage, now, effects, _MISMATCH_DELAY)


def wait_untried(
    session: Session, row: EvaluationRow, stage: Stage, error: InfrastructureError, now: float, effects: Effects
) -> None:
    """Come again when the error says so, and never later than its patience ends: an outage of minutes must not spend
    all tries within seconds."""
    policy = POLICIES[stage].retry
    patience = policy.patience if error.patience is None else error.patience
    kind = f"{_UNTRIED}{error.reason}"
    since = float(row.failures.get(kind, now))
    row.failures = {**row.failures, kind: since}
    if now - since >= patience:
        unscored(session, row, error.reason, str(error), now, effects)
    else:
        wait = min(error.retry_after or 0.0, since + patience - now)
        queue(row, stage, now, effects, max(policy.first_delay, wait))


def without_waits(failures: Mapping[str, Any]) -> dict[str, Any]:
    """A stage that was tried has waited long enough for whatever it waited for: the next outage has a clock of its
    own."""
    return {name: value for name, value in failures.items() if not name.startswith(_UNTRIED)}
