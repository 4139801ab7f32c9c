"""Claims: which worker does which stage of which evaluation, under a lease and an attempt number.

A message is only a hint that work may wait. A claim is granted once per attempt; a report is taken only from the
holder of the current attempt; a claim that nobody renewed is lost, and losing it is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from services.contract import Artifact, Finding, Severity, StageReport, Status
from services.errors import InfrastructureError, VersionMismatch
from services.pipeline.effects import Effects
from services.pipeline.memo import KILLED_WORKER, memo_key
from services.pipeline.room import RUNS_CANDIDATES
from services.pipeline.route import advance, queue, release, stop_clock, write_report
from services.pipeline.unscored import unscored, wait_for_version, wait_untried, without_waits
from services.pipeline.view import load_profiles, load_reports
from services.rewards.profile import Profile
from services.stages import LEASE_SECONDS, LOST_CLAIMS_BEFORE_ALONE, POLICIES, Stage
from services.stores.models import EvaluationRow, MemoRow, ReportRow

MAX_UNSEEN_LOSSES = 5
"""Claims that may be lost while nobody watched, before the evaluation ends unscored."""

_EVIDENCE_LIMIT = 200
DELIVERY_SLACK = 1.0
"""Seconds that a delayed message may arrive before its time: clocks of two machines differ."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One granted attempt: everything that a stage needs to do its work.

    Attributes:
        asked, request_id, traceparent: see `EvaluationRow`.
        waited: seconds since the stage was due.
    """

    evaluation_id: str
    run: str
    stage: Stage
    attempt: int
    alone: bool
    instruction: str
    completion: str
    truncated: bool
    versions: Mapping[str, str]
    profile: Profile
    reports: Mapping[Stage, StageReport]
    asked: Mapping[str, Any]
    request_id: str
    traceparent: str | None
    waited: float


def lock_row(session: Session, evaluation_id: str) -> EvaluationRow | None:
    """The evaluation's row, locked for this transaction."""
    query = select(EvaluationRow).where(EvaluationRow.id == evaluation_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def claim(
    session: Session, evaluation_id: str, stage: Stage, worker: str, now: float, effects: Effects, *, alone: bool = True
) -> Claim | None:
    """Grant an attempt, or None where there is nothing to do: a repeated, late, early or cancelled message.

    Args:
        alone: the worker has the room to itself, so that it may take a job that must run alone.
    """
    row = lock_row(session, evaluation_id)
    if row is None or not _waits_for(row, stage, now):
        return None
    if row.alone and not alone:
        queue(row, stage, now, effects)
        return None
    stop_clock(row, now)
    row.attempt += 1
    row.status, row.worker, row.lease_until = Status.RUNNING.value, worker, now + LEASE_SECONDS
    return _granted(session, row, stage, max(0.0, now - row.not_before))


def renew(session: Session, held: Claim, now: float) -> bool:
    """Lengthen a lease. False: the claim is no longer ours, and its work is wanted by nobody."""
    renewed = session.execute(_held(held).values(lease_until=now + LEASE_SECONDS))
    return bool(renewed.rowcount)  # type: ignore[attr-defined]


def report(
    session: Session, held: Claim, found: StageReport, now: float, effects: Effects, *, definite: bool = True
) -> bool:
    """Take a report from the holder of the current attempt and move on. False: it came too late and is dropped.

    Args:
        definite: the result would be the same another time, so equal work may take it over.
    """
    row = _current(session, held)
    if row is None:
        return False
    stop_clock(row, now)
    _settle(session, row, found, now, effects, definite=definite)
    return True


def repeat_alone(session: Session, held: Claim, now: float, effects: Effects) -> bool:
    """Run once more with nothing beside it: the end may have been our load's fault."""
    row = _current(session, held)
    if row is None:
        return False
    stop_clock(row, now)
    row.alone = True
    queue(row, held.stage, now, effects)
    return True


def fail(session: Session, held: Claim, error: InfrastructureError, now: float, effects: Effects) -> bool:
    """Our own fault: try again within the stage's bound where that is of use, then end unscored with the error's
    reason."""
    row = _current(session, held)
    if row is None:
        return False
    stop_clock(row, now)
    row.left_behind = {**(row.left_behind or {}), **error.left} or None
    if isinstance(error, VersionMismatch):
        wait_for_version(session, row, held.stage, error, now, effects)
        return True
    if error.retry_after is not None:
        wait_untried(session, row, held.stage, error, now, effects)
        return True
    failures = int(row.failures.get(held.stage.value, 0)) + 1
    row.failures = {**without_waits(row.failures), held.stage.value: failures}
    policy = POLICIES[held.stage].retry
    if error.final or failures >= policy.tries:
        unscored(session, row, error.reason, str(error), now, effects)
        return True
    again = _redo(session, row, error.redo, held) if error.redo else held.stage
    queue(row, again, now, effects, policy.delay(failures))
    return True


def lose(session: Session, row: EvaluationRow, now: float, effects: Effects) -> None:
    """Count a lost claim: once more, then once more alone, then it is the candidate that kills its workers.

    Where a stage runs nothing of a candidate's, or nobody else has succeeded there since the first lost claim began,
    the fault may be ours, and the evaluation is unscored.
    """
    stage = Stage(row.stage)
    begun = [*row.losses.get(stage.value, []), row.since]
    row.losses = {**row.losses, stage.value: begun}
    row.attempt += 1
    stop_clock(row, now)
    if len(begun) <= LOST_CLAIMS_BEFORE_ALONE:
        row.alone = len(begun) == LOST_CLAIMS_BEFORE_ALONE
        queue(row, stage, now, effects)
    elif stage in RUNS_CANDIDATES and _others_succeed(session, row, stage, begun[0]):
        _settle(session, row, _killed(stage, len(begun)), now, effects, definite=True)
    else:
        unscored(session, row, "worker-lost", f"{len(begun)} workers were lost at {stage.value}", now, effects)


def lose_unseen(session: Session, row: EvaluationRow, now: float, effects: Effects) -> None:
    """A claim ran out while nobody watched (a restart, a database that was away, a machine asleep): nobody's fault."""
    unseen = int(row.failures.get("unseen", 0)) + 1
    row.failures = {**row.failures, "unseen": unseen}
    row.attempt += 1
    stop_clock(row, now)
    if unseen > MAX_UNSEEN_LOSSES:
        unscored(session, row, "worker-lost", f"{unseen} claims ran out while the service was away", now, effects)
    else:
        queue(row, Stage(row.stage), now, effects)


def _waits_for(row: EvaluationRow, stage: Stage, now: float) -> bool:
    if Status(row.status).ended or row.stage != stage.value or row.parked_on is not None:
        return False
    # A claim that ran out is for the reaper to judge: it knows whether it was watching.
    return row.status == Status.QUEUED.value and row.not_before <= now + DELIVERY_SLACK


def _granted(session: Session, row: EvaluationRow, stage: Stage, waited: float) -> Claim:
    return Claim(
        evaluation_id=row.id,
        run=row.run,
        stage=stage,
        attempt=row.attempt,
        alone=row.alone,
        instruction=row.instruction,
        completion=row.completion,
        truncated=row.truncated,
        versions=row.versions,
        profile=load_profiles(session, [row.profile_hash])[row.profile_hash],
        reports=load_reports(session, [row.id])[row.id],
        asked=row.asked or {},
        request_id=row.request_id,
        traceparent=row.traceparent,
        waited=waited,
    )


def _held(held: Claim):  # type: ignore[no-untyped-def]
    return update(EvaluationRow).where(
        EvaluationRow.id == held.evaluation_id,
        EvaluationRow.attempt == held.attempt,
        EvaluationRow.status == Status.RUNNING.value,
    )


def _current(session: Session, held: Claim) -> EvaluationRow | None:
    row = lock_row(session, held.evaluation_id)
    is_ours = row is not None and row.attempt == held.attempt and row.status == Status.RUNNING.value
    return row if is_ours else None


def _settle(
    session: Session, row: EvaluationRow, found: StageReport, now: float, effects: Effects, *, definite: bool
) -> None:
    profile = load_profiles(session, [row.profile_hash])[row.profile_hash]
    if definite:
        _publish(session, row, profile, found, now, effects)
    else:
        release(session, row, effects)
    write_report(session, row, profile, found, now)
    row.alone = False
    session.flush()
    advance(session, row, now, effects)


def _publish(
    session: Session, row: EvaluationRow, profile: Profile, found: StageReport, now: float, effects: Effects
) -> None:
    key = memo_key(found.stage, row, profile, load_reports(session, [row.id])[row.id])
    memo = session.get(MemoRow, key, with_for_update=True, populate_existing=True)
    if memo is not None and memo.report is None:
        memo.owner, memo.report, memo.settled_at = None, found.model_dump(mode="json"), now
        effects.freed.append(key)


def _redo(session: Session, row: EvaluationRow, redo: Stage, held: Claim) -> Stage:
    """Take back an earlier stage's report and memo: what it left is gone, so it must be done again."""
    earlier = {stage: found for stage, found in held.reports.items() if stage is not redo}
    key = memo_key(redo, row, held.profile, earlier)
    memo = session.get(MemoRow, key, with_for_update=True, populate_existing=True)
    if memo is not None and (memo.report is not None or memo.owner is None):
        memo.report, memo.owner = None, row.id
    stale = session.get(ReportRow, (row.id, redo.value))
    if stale is not None:
        session.delete(stale)
    return redo


def _others_succeed(session: Session, row: EvaluationRow, stage: Stage, since: float) -> bool:
    """Whether another evaluation passed the stage by its own work since then."""
    query = select(ReportRow.body).where(
        ReportRow.stage == stage.value, ReportRow.written_at >= since, ReportRow.evaluation_id != row.id
    )
    newest = session.scalars(query.order_by(ReportRow.written_at.desc()).limit(_EVIDENCE_LIMIT))
    # A report taken over from a memo says nothing of today's workers.
    return any(body["passed"] and not body["reused"] for body in newest)


def _killed(stage: Stage, losses: int) -> StageReport:
    message = f"The {stage.value} stage lost its worker {losses} times, the last time alone, while others passed."
    finding = Finding(rule=KILLED_WORKER, severity=Severity.ERROR, message=message)
    no_artifacts: dict[str, Artifact] = {}
    return StageReport(stage=stage, passed=False, findings=[finding], artifacts=no_artifacts)
