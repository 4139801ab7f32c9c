"""Old records go in batches, each a short transaction of its own: evaluations with their reports, and memos.

Runs stay, with what they spent, and so do profiles: they are small, and the ledger must not forget.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.contract import Status
from services.settings import RetentionSettings
from services.stores.models import EvaluationRow, MemoRow, ReportRow, RunRow
from services.stores.records import Records

DAY = 86_400.0
_ENDED = tuple(status.value for status in Status if status.ended)


@dataclass(frozen=True, slots=True)
class Expired:
    """What has been kept long enough.

    Attributes:
        before: seconds since the epoch; what ended earlier goes.
        kept_runs: of which nothing goes.
    """

    before: float
    kept_runs: tuple[str, ...] = ()

    def evaluation(self) -> ColumnElement[bool]:
        """Of the evaluations that have ended."""
        old = and_(EvaluationRow.created_at < self.before, EvaluationRow.ended_at < self.before)
        return and_(EvaluationRow.run.not_in(self.kept_runs), EvaluationRow.status.in_(_ENDED), old)

    def memo(self) -> ColumnElement[bool]:
        """Of settled work, and of work that nobody will end."""
        owner = aliased(EvaluationRow)
        at_work = select(owner.id).where(owner.id == MemoRow.owner, owner.status.not_in(_ENDED)).exists()
        settled = and_(MemoRow.report.is_not(None), MemoRow.settled_at < self.before)
        return or_(settled, and_(MemoRow.report.is_(None), MemoRow.created_at < self.before, ~at_work))


def expired(records: Records, retention: RetentionSettings, now: float) -> Expired | None:
    """What goes at this time. None: nothing ever does."""
    if retention.records_days is None:
        return None
    kept = (name for name in _runs(records) if any(fnmatchcase(name, pattern) for pattern in retention.keep_runs))
    return Expired(now - retention.records_days * DAY, tuple(kept))


def count(records: Records, what: Expired) -> tuple[int, int]:
    """How many evaluations and memos would go."""
    with records.read() as session:
        evaluations = select(func.count()).select_from(EvaluationRow).where(what.evaluation())
        memos = select(func.count()).select_from(MemoRow).where(what.memo())
        return session.scalar(evaluations) or 0, session.scalar(memos) or 0


def remove(records: Records, what: Expired, batch: int) -> tuple[int, int]:
    """Remove them; how many evaluations and memos went. Rows that somebody works with right now stay until the next
    time."""
    evaluations = sum(_in_batches(records, partial(_evaluations, what, run, batch)) for run in _runs(records))
    return evaluations, _in_batches(records, partial(_memos, what, batch))


def _runs(records: Records) -> list[str]:
    with records.read() as session:
        return list(session.scalars(select(RunRow.name).order_by(RunRow.name)))


def _in_batches(records: Records, step: Callable[[Session], int]) -> int:
    """Repeat until nothing is found; how many that were."""
    removed = 0
    while True:
        with records.write() as session:
            found = step(session)
        if not found:
            return removed
        removed += found


def _evaluations(what: Expired, run: str, batch: int, session: Session) -> int:
    """By run, as the index has them."""
    going = select(EvaluationRow.id).where(EvaluationRow.run == run, what.evaluation())
    oldest = going.order_by(EvaluationRow.created_at, EvaluationRow.id).limit(batch)
    ids = list(session.scalars(oldest.with_for_update(skip_locked=True, of=EvaluationRow)))
    if ids:
        session.execute(delete(ReportRow).where(ReportRow.evaluation_id.in_(ids)))
        session.execute(delete(EvaluationRow).where(EvaluationRow.id.in_(ids)))
    return len(ids)


def _memos(what: Expired, batch: int, session: Session) -> int:
    found = select(MemoRow.key).where(what.memo()).limit(batch).with_for_update(skip_locked=True, of=MemoRow)
    keys = list(session.scalars(found))
    if keys:
        session.execute(delete(MemoRow).where(MemoRow.key.in_(keys)))
    return len(keys)
