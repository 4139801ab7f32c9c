"""Transactions of the pipeline, each with its effects: the edge between the records and the broker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.broker import Broker
from services.contract import Status
from services.pipeline.claims import lock_row
from services.pipeline.effects import Effects
from services.pipeline.route import advance
from services.pipeline.unscored import unscored
from services.stores.models import EvaluationRow, MemoRow
from services.stores.records import Records

Clock = Callable[[], float]


class Desk:
    """Where transactions are made. One per process, safe for threads.

    Args:
        concludes: this process may write rewards; otherwise whoever has come to an end is left to one that may.
    """

    def __init__(self, records: Records, broker: Broker, clock: Clock = time.time, *, concludes: bool = True) -> None:
        self.records = records
        self.broker = broker
        self.clock = clock
        self._concludes = concludes

    @contextmanager
    def transaction(self) -> Iterator[tuple[Session, Effects, float]]:
        """A write transaction; what it collected is acted on after the commit.

        Raises:
            RecordError: nothing was written.
        """
        effects = Effects(concludes=self._concludes)
        with self.records.write() as session:
            yield session, effects, self.clock()
        effects.deliver(self.broker)
        for key in effects.freed:
            self.wake(key)

    def start(self, evaluation_id: str) -> None:
        """Route an evaluation for the first time. Where this never happens, the reaper sends it to its stage."""
        with self.transaction() as (session, effects, now):
            row = lock_row(session, evaluation_id)
            if row is not None and row.status == Status.QUEUED.value and row.parked_on is None and row.attempt == 0:
                advance(session, row, now, effects)

    def wake(self, key: str) -> None:
        """Let everyone go on who waits for the work of a memo key, each in a transaction of its own."""
        with self.records.read() as session:
            ids = list(session.scalars(select(EvaluationRow.id).where(EvaluationRow.parked_on == key)))
        for evaluation_id in ids:
            self.unpark(evaluation_id, key)

    def unpark(self, evaluation_id: str, key: str) -> None:
        """Route an evaluation anew, if it still waits for this key.

        When the work ended unscored, whoever waited for it shares that end: the tries were made for all.
        """
        with self.transaction() as (session, effects, now):
            row = lock_row(session, evaluation_id)
            if row is None or row.parked_on != key or Status(row.status).ended:
                return
            failed = _unscored_owner(session, key)
            if failed is not None:
                reason, detail = failed
                unscored(session, row, reason, detail, now, effects)
            else:
                advance(session, row, now, effects)


def _unscored_owner(session: Session, key: str) -> tuple[str, str] | None:
    memo = session.get(MemoRow, key)
    owner = session.get(EvaluationRow, memo.owner) if memo is not None and memo.owner else None
    if owner is None or owner.status != Status.UNSCORED.value:
        return None
    return owner.unscored_reason or "infrastructure", owner.unscored_detail or ""
