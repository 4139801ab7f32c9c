"""Where an evaluation goes next: take over equal work, wait for it, do it, or conclude. Inside one transaction."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.contract import StageReport, Status
from services.pipeline.effects import Effects, Ending
from services.pipeline.measured import merged
from services.pipeline.memo import is_stale, memo_key, taken_over
from services.pipeline.told import about
from services.pipeline.view import load_profiles, load_reports
from services.rewards.decide import Next, Reward, decide, passed_under, rewards_by_profile
from services.rewards.profile import Profile, built_in
from services.stages import Stage
from services.stores.models import EvaluationRow, MemoRow, ReportRow
from services.stores.records import insert_missing

NOBODYS_WORK = "reward"
"""A memo key that no work has."""


def advance(session: Session, row: EvaluationRow, now: float, effects: Effects) -> None:
    """Move an evaluation that waits for nothing: to its next stage, behind equal work, or to its end.

    The row is locked by the caller. Every report that equal work has left is taken over on the way.
    """
    profile = load_profiles(session, [row.profile_hash])[row.profile_hash]
    reports = load_reports(session, [row.id])[row.id]
    while isinstance(decision := decide(profile, reports), Next):
        memo = _memo(session, memo_key(decision.stage, row, profile, reports), decision.stage, row.id, now)
        if memo.report is None:
            _wait_or_work(row, decision.stage, memo, now, effects)
            return
        report = taken_over(StageReport.model_validate(memo.report))
        write_report(session, row, profile, report, now)
        reports[decision.stage] = report
        effects.reused.append((decision.stage, about(row)))
    if effects.concludes:
        conclude(row, profile.name, decision, reports, now, effects)
    else:
        leave_to_reaper(row, now)


def leave_to_reaper(row: EvaluationRow, now: float) -> None:
    """Let a reward be written by a process that may: behind work that nobody does, the reaper finds the evaluation as
    one that waits in vain, and routes it anew."""
    stop_clock(row, now)
    row.status, row.lease_until, row.worker, row.parked_on = Status.QUEUED.value, None, None, NOBODYS_WORK


def write_report(session: Session, row: EvaluationRow, profile: Profile, report: StageReport, now: float) -> None:
    """Insert a report. The primary key makes a second one for the same stage an error, not an update."""
    body = report.model_copy(update={"passed": passed_under(profile, report)}).model_dump(mode="json")
    session.add(
        ReportRow(evaluation_id=row.id, stage=report.stage.value, attempt=row.attempt, body=body, written_at=now)
    )
    row.stage = report.stage.value
    row.source_hash = report.facts.get("source_hash", row.source_hash)
    row.shot_hash = report.facts.get("shot_hash", row.shot_hash)
    row.figures = merged(row.figures, report)


def queue(row: EvaluationRow, stage: Stage, now: float, effects: Effects, delay: float = 0.0) -> None:
    """Let an evaluation wait for a worker of a stage."""
    row.status, row.stage = Status.QUEUED.value, stage.value
    row.lease_until, row.worker, row.parked_on = None, None, None
    row.not_before = row.dispatched_at = now + delay
    effects.sends.append((stage, row.id, delay))


def conclude(
    row: EvaluationRow, profile: str, reward: Reward, reports: dict[Stage, StageReport], now: float, effects: Effects
) -> None:
    """End an evaluation with its reward under the profile of this name."""
    row.reward, row.band, row.components = reward.value, reward.band.value, dict(reward.components)
    row.rewards_by_profile = dict(rewards_by_profile(built_in(), reports))
    end(row, Status.SCORED, now, effects, profile)


def end(row: EvaluationRow, status: Status, now: float, effects: Effects, profile: str | None = None) -> None:
    """The one way to an end: whatever the evaluation held or waited for is let go."""
    stop_clock(row, now)
    row.status, row.ended_at = status.value, now
    row.lease_until, row.worker, row.parked_on = None, None, None
    how = (row.id, about(row), status, now - row.created_at, row.unscored_reason)
    effects.ended.append(Ending(*how, profile, row.band, row.reward, dict(row.components)))


def stop_clock(row: EvaluationRow, now: float) -> None:
    """Add the time since the last change to what was waited or worked."""
    passed = max(0.0, now - row.since)
    if row.status == Status.RUNNING.value:
        row.work_seconds += passed
    else:
        row.queue_seconds += passed
    row.since = now


def release(session: Session, row: EvaluationRow, effects: Effects) -> None:
    """Let go of work that this evaluation began and will not finish, so that whoever waits for it does it."""
    for memo in _unfinished(session, row):
        memo.owner = None
        effects.freed.append(memo.key)


def share_end(session: Session, row: EvaluationRow, effects: Effects) -> None:
    """Wake whoever waits for work of this evaluation, which keeps its name on it: they share its unscored end."""
    effects.freed.extend(memo.key for memo in _unfinished(session, row))


def _unfinished(session: Session, row: EvaluationRow) -> list[MemoRow]:
    query = select(MemoRow).where(MemoRow.owner == row.id, MemoRow.report.is_(None))
    return list(session.scalars(query.with_for_update()))


def _wait_or_work(row: EvaluationRow, stage: Stage, memo: MemoRow, now: float, effects: Effects) -> None:
    if memo.owner == row.id:
        queue(row, stage, now, effects)
        return
    row.status, row.stage, row.parked_on = Status.QUEUED.value, stage.value, memo.key
    row.lease_until, row.worker = None, None


def _memo(session: Session, key: str, stage: Stage, evaluation_id: str, now: float) -> MemoRow:
    """The memo of a key: settled, or locked and owned by this evaluation where nobody else does the work."""
    settled = session.get(MemoRow, key, populate_existing=True)
    if settled is not None and settled.report is not None and not is_stale(settled, now):
        return settled
    memo = None
    while memo is None:  # an old one may be cleaned away between the two
        insert_missing(session, MemoRow, key=key, stage=stage.value, owner=evaluation_id, created_at=now)
        locked = select(MemoRow).where(MemoRow.key == key).with_for_update()
        memo = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if is_stale(memo, now):
        memo.report, memo.owner = None, evaluation_id
    elif memo.report is None and _abandoned(session, memo):
        memo.owner = evaluation_id
    return memo


def _abandoned(session: Session, memo: MemoRow) -> bool:
    if memo.owner is None:
        return True
    status = session.scalar(select(EvaluationRow.status).where(EvaluationRow.id == memo.owner))
    return status is None or Status(status).ended
