"""Submissions: record first, message second. One transaction: all of a batch is taken, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.contract import Rollout, Status, Submission
from services.errors import Conflict, InternalError, NotReady, QueueFull, TooLarge, Unprocessable
from services.pipeline import versions as component_versions
from services.pipeline.ids import new_id
from services.pipeline.profiles import find_profile, keep_document
from services.rewards.profile import DEFAULT, Profile
from services.stages import Stage
from services.stores.models import EvaluationRow, RunRow
from services.stores.records import insert_missing

RETRY_AFTER_SECONDS = 5
TICK = 1e-6
"""Seconds between two rollouts of one batch, so that listings keep the order sent."""
_CHUNK = 400
UNFINISHED = (Status.QUEUED.value, Status.RUNNING.value)


@dataclass(frozen=True, slots=True)
class Taken:
    """A recorded batch: one evaluation id per rollout in the order sent, and which of them are new."""

    ids: list[str]
    fresh: list[str]


def take(
    session: Session,
    submission: Submission,
    blobs: Mapping[int, str],
    *,
    max_queued: int,
    request_id: str,
    now: float,
    traceparent: str | None = None,
) -> Taken:
    """Record a batch, all of it or nothing. What is new is routed afterwards, each in a transaction of its own.

    A batch that is recorded already is answered whatever has changed since: a lost answer costs nothing.

    Args:
        blobs: index of a rollout -> blob name of its completion.
        max_queued: most evaluations that have not ended, over all runs.

    Raises:
        Conflict: another body under a used id, or versions other than the run's.
        QueueFull, TooLarge: over ``max_queued``, for now or for ever.
        NotReady: a kind of worker has never announced its version.
    """
    _refuse_repeated_ids(submission.rollouts)
    known = _known(session, submission)
    new = len({r.id or index for index, r in enumerate(submission.rollouts) if r.id not in known})
    if not new:
        return _record(session, submission, known, {})
    run, profile = _run(session, submission, now)
    check_room(session, new, max_queued)
    rows = {
        index: new_row(rollout, run, profile, blobs[index], request_id, now + index * TICK, traceparent)
        for index, rollout in enumerate(submission.rollouts)
    }
    return _record(session, submission, _known(session, submission), rows)  # read anew: the run's row is locked now


def _record(
    session: Session, submission: Submission, known: dict[str, EvaluationRow], rows: Mapping[int, EvaluationRow]
) -> Taken:
    """Add the row of each rollout that is not known yet.

    Raises:
        Conflict: another body under a used id.
    """
    taken = Taken([], [])
    for index, rollout in enumerate(submission.rollouts):
        row = known.get(rollout.id or "")
        if row is None:
            row = rows[index]
            session.add(row)
            known[row.rollout_id] = row
            taken.fresh.append(row.id)
        elif row.body_hash != rollout.body_hash():
            raise Conflict(f"rollout id {rollout.id!r} of run {submission.run!r} has another body: send a new id")
        taken.ids.append(row.id)
    return taken


def new_row(
    rollout: Rollout,
    run: RunRow,
    profile: Profile,
    completion: str,
    request_id: str,
    now: float,
    traceparent: str | None = None,
) -> EvaluationRow:
    """A fresh evaluation's row: queued, no stage done."""
    evaluation_id = new_id(now)
    return EvaluationRow(
        id=evaluation_id,
        run=run.name,
        rollout_id=rollout.id or evaluation_id,
        body_hash=rollout.body_hash(),
        request_id=request_id,
        traceparent=traceparent,
        instruction=rollout.instruction,
        completion=completion,
        step=rollout.step,
        group=rollout.group,
        sample=rollout.sample,
        truncated=rollout.truncated,
        extra=rollout.metadata,
        profile_hash=profile.hash,
        versions=dict(run.versions),
        figures={"characters": len(rollout.completion_text())},
        **blank(now),
    )


def blank(now: float) -> dict[str, object]:
    """Columns of an evaluation that nothing has happened to."""
    return {
        "status": Status.QUEUED.value,
        "stage": Stage.LINT.value,
        "attempt": 0,
        "alone": False,
        "failures": {},
        "losses": {},
        "not_before": now,
        "dispatched_at": now,
        "components": {},
        "rewards_by_profile": {},
        "since": now,
        "queue_seconds": 0.0,
        "work_seconds": 0.0,
        "created_at": now,
    }


def _refuse_repeated_ids(rollouts: Sequence[Rollout]) -> None:
    bodies: dict[str, str] = {}
    for rollout in rollouts:
        if rollout.id is not None and bodies.setdefault(rollout.id, rollout.body_hash()) != rollout.body_hash():
            raise Unprocessable(f"rollout id {rollout.id!r} stands twice in the batch with different bodies")


def _known(session: Session, submission: Submission) -> dict[str, EvaluationRow]:
    wanted = [rollout.id for rollout in submission.rollouts if rollout.id is not None]
    known: dict[str, EvaluationRow] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(EvaluationRow).where(
            EvaluationRow.run == submission.run, EvaluationRow.rollout_id.in_(wanted[start : start + _CHUNK])
        )
        known |= {row.rollout_id: row for row in session.scalars(query)}
    return known


def check_room(session: Session, new: int, max_queued: int) -> None:
    """Raises:
    TooLarge, QueueFull: so many more never fit, or do not fit now.
    """
    if new > max_queued:
        raise TooLarge(f"{new} new rollouts in one call, the queue holds {max_queued}: send smaller batches")
    query = select(func.count()).select_from(EvaluationRow).where(EvaluationRow.status.in_(UNFINISHED))
    waiting = session.scalar(query) or 0
    if new and waiting + new > max_queued:
        detail = (
            f"{waiting} evaluations have not ended and {new} more exceed the limit of {max_queued}: wait and resend"
        )
        raise QueueFull(detail, retry_after=RETRY_AFTER_SECONDS)


def _run(session: Session, submission: Submission, now: float) -> tuple[RunRow, Profile]:
    """The run, pinned at its first submission; a run that no longer matches is refused or, on request, re-pinned."""
    current = component_versions.announced(session)
    absent = component_versions.missing(current)
    if absent:
        raise NotReady(f"no worker has announced its version yet for: {', '.join(absent)}")
    _open(session, submission, current, now)
    run = session.get(RunRow, submission.run, with_for_update=True, populate_existing=True)
    if run is None:
        raise InternalError(f"run {submission.run!r} vanished while it was opened")
    profile = find_profile(session, submission.profile, run)
    if submission.accept_versions:
        keep_document(session, profile)
        run.versions, run.profile_hash = current, profile.hash
    _check_pins(run, profile, current)
    run.cancelled_at = None  # new work under the name: the run goes on
    return run, profile


def _open(session: Session, submission: Submission, current: dict[str, str], now: float) -> None:
    """Make the run where it is not there, also when several ranks do so at once."""
    if session.get(RunRow, submission.run) is not None:
        return
    profile = find_profile(session, submission.profile or DEFAULT, None)
    keep_document(session, profile)
    insert_missing(session, RunRow, name=submission.run, profile_hash=profile.hash, versions=current, created_at=now)


def _check_pins(run: RunRow, profile: Profile, current: Mapping[str, str]) -> None:
    differing = [
        f"{k} {run.versions[k]} -> {current.get(k)}" for k in run.versions if current.get(k) != run.versions[k]
    ]
    if run.profile_hash != profile.hash:
        differing.append(f"profile {run.profile_hash[:12]} -> {profile.hash[:12]}")
    if differing:
        raise Conflict(
            f"run {run.name!r} is pinned to other versions ({'; '.join(differing)}): start a new run, or send "
            "accept_versions=true to go on with the new ones"
        )
