"""The reaper: finds what was lost or went stale, and sets it going again. A process of its own, one at a time.

Run with ``python -m services.pipeline.reaper``. It decides nothing that `claims` and `route` do not decide; it only
calls them for evaluations that no message will come for.
"""

from __future__ import annotations

import logging
import signal
import threading

from sqlalchemy import select

from services.broker import RedisBroker
from services.contract import Status
from services.errors import BrokerError, InfrastructureError
from services.pipeline import claims
from services.pipeline.claims import lock_row
from services.pipeline.desk import Desk
from services.settings import ReaperSettings
from services.stages import Stage
from services.stores.leader import Leader, make_leader
from services.stores.models import EvaluationRow, MemoRow
from services.stores.records import Records
from services.telemetry.logs import configure_logs
from services.telemetry.stages import claim_lost, sent_again

GRACE_SECONDS = 10.0
"""How long a sent message may be under way before its absence from the queue counts as a loss."""

log = logging.getLogger(__name__)


def sweep(desk: Desk) -> int:
    """One round over everything unfinished. Returns how many evaluations were set going again."""
    return _lost_claims(desk) + _lost_messages(desk) + _stuck_waiters(desk)


def _lost_claims(desk: Desk) -> int:
    now = desk.clock()
    stale = (EvaluationRow.status == Status.RUNNING.value, EvaluationRow.lease_until < now)
    with desk.records.read() as session:
        ids = list(session.scalars(select(EvaluationRow.id).where(*stale)))
    return sum(_lose(desk, evaluation_id) for evaluation_id in ids)


def _lose(desk: Desk, evaluation_id: str) -> bool:
    with desk.transaction() as (session, effects, now):
        row = lock_row(session, evaluation_id)
        if row is None or row.status != Status.RUNNING.value or (row.lease_until or 0.0) >= now:
            return False
        log.warning("claim lost: %s at %s by %s", row.id, row.stage, row.worker)
        claim_lost(Stage(row.stage))
        claims.lose(session, row, now, effects)
        return True


def _lost_messages(desk: Desk) -> int:
    """Send again what waits for a worker though no message for it is in the queue."""
    return sum(_resend(desk, stage) for stage in Stage)


def _resend(desk: Desk, stage: Stage) -> int:
    due = _due(desk, stage)
    if not due:
        return 0
    try:
        lost = due - desk.broker.waiting(stage)
    except BrokerError as error:
        log.warning("the queues cannot be read: %s", error)
        return 0
    return sum(_send_again(desk, stage, evaluation_id) for evaluation_id in sorted(lost))


def _due(desk: Desk, stage: Stage) -> set[str]:
    query = select(EvaluationRow.id).where(
        EvaluationRow.status == Status.QUEUED.value,
        EvaluationRow.stage == stage.value,
        EvaluationRow.parked_on.is_(None),
        EvaluationRow.dispatched_at < desk.clock() - GRACE_SECONDS,
    )
    with desk.records.read() as session:
        return set(session.scalars(query))


def _send_again(desk: Desk, stage: Stage, evaluation_id: str) -> bool:
    with desk.transaction() as (session, effects, now):
        row = lock_row(session, evaluation_id)
        if row is None or row.status != Status.QUEUED.value or row.stage != stage.value or row.parked_on:
            return False
        row.dispatched_at = now
        effects.sends.append((stage, evaluation_id, 0.0))
        sent_again(stage)
        return True


def _stuck_waiters(desk: Desk) -> int:
    """Wake who waits for work that has a result, or that nobody is doing any more."""
    query = (
        select(EvaluationRow.id, EvaluationRow.parked_on, MemoRow.report, MemoRow.owner)
        .outerjoin(MemoRow, MemoRow.key == EvaluationRow.parked_on)
        .where(EvaluationRow.parked_on.is_not(None), EvaluationRow.status == Status.QUEUED.value)
    )
    with desk.records.read() as session:
        waiters = session.execute(query).all()
        owners = {owner for _, _, _, owner in waiters if owner}
        alive = set(
            session.scalars(
                select(EvaluationRow.id).where(
                    EvaluationRow.id.in_(owners), EvaluationRow.status.in_([Status.QUEUED.value, Status.RUNNING.value])
                )
            )
        )
    stuck = [(waiter, key) for waiter, key, report, owner in waiters if report is not None or owner not in alive]
    for waiter, key in stuck:
        desk.unpark(waiter, key or "")
    return len(stuck)


def serve(desk: Desk, leader: Leader, interval: float, stop: threading.Event) -> None:
    """Sweep until told to stop, whenever this process is the leader."""
    while not stop.wait(interval):
        try:
            if leader.holds():
                sweep(desk)
        except InfrastructureError as error:
            log.warning("a sweep failed: %s", error)
        except Exception:
            log.exception("a sweep failed")


def main() -> None:
    settings = ReaperSettings()
    configure_logs(json=settings.log_json, level=settings.log_level)
    url = settings.records.url.get_secret_value()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    records = Records(url)
    with make_leader(url) as leader:
        serve(Desk(records, RedisBroker(settings.broker)), leader, settings.interval, stop)
    records.close()


if __name__ == "__main__":
    main()
