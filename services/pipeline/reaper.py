"""The reaper: finds what was lost or went stale, and sets it going again. A process of its own, one at a time.

Run with ``python -m services.pipeline.reaper``. It decides nothing that `claims` and `route` do not decide; it only
calls them for evaluations that no message will come for.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select, update

from services.broker import RedisBroker
from services.contract import Status
from services.errors import BrokerError, InfrastructureError
from services.pipeline import claims
from services.pipeline.alive import beat
from services.pipeline.claims import lock_row
from services.pipeline.desk import Desk
from services.pipeline.told import about, ends_introduced
from services.settings import ReaperSettings
from services.stages import LEASE_SECONDS, Stage
from services.stores.leader import Leader, make_leader
from services.stores.models import EvaluationRow, MemoRow
from services.stores.records import Records
from services.telemetry.exposition import serving
from services.telemetry.logs import configure_logs
from services.telemetry.stages import claim_lost, losses_introduced, sent_again, swept

GAP_SECONDS = 5.0
GRACE_SECONDS = 10.0
"""How long a sent message may be under way before its absence from the queue counts as a loss."""

log = logging.getLogger(__name__)


NEVER = float("-inf")


def sweep(desk: Desk, watching_since: float = NEVER) -> int:
    """One round over everything unfinished. Returns how many evaluations were set going again.

    Args:
        watching_since: claims that ran out before are nobody's fault; none counts as run out until live workers
            have had a lease's time to renew theirs.
    """
    return _lost_claims(desk, watching_since) + _lost_messages(desk) + _stuck_waiters(desk)


def _lost_claims(desk: Desk, watching_since: float) -> int:
    now = desk.clock()
    if now < watching_since + LEASE_SECONDS:
        return 0
    stale = (EvaluationRow.status == Status.RUNNING.value, EvaluationRow.lease_until < now)
    with desk.records.read() as session:
        ids = list(session.scalars(select(EvaluationRow.id).where(*stale)))
    return sum(guarded(lambda i=i: _lose(desk, i, watching_since)) for i in ids)  # type: ignore[misc]


def _lose(desk: Desk, evaluation_id: str, watching_since: float) -> bool:
    with desk.transaction() as (session, effects, now):
        row = lock_row(session, evaluation_id)
        if row is None or row.status != Status.RUNNING.value or (row.lease_until or 0.0) >= now:
            return False
        log.warning("claim lost: %s by %s", row.id, row.worker, extra=about(row) | {"stage": row.stage})
        claim_lost(Stage(row.stage))
        seen = (row.lease_until or 0.0) >= watching_since
        (claims.lose if seen else claims.lose_unseen)(session, row, now, effects)
        return True


def forget_claims(desk: Desk) -> int:
    """Set everything unfinished going again. Only for a moment at which no worker can be alive and no message under
    way, such as the start of an embedded stack: otherwise it would do work twice."""
    with desk.transaction() as (session, effects, now):
        running = select(EvaluationRow).where(EvaluationRow.status == Status.RUNNING.value).with_for_update()
        rows = list(session.scalars(running))
        for row in rows:
            claims.lose_unseen(session, row, now, effects)
        waiting = (EvaluationRow.status == Status.QUEUED.value, EvaluationRow.parked_on.is_(None))
        session.execute(update(EvaluationRow).where(*waiting).values(dispatched_at=now - GRACE_SECONDS - 1))
        effects.sends.clear()  # there is no broker yet; the reaper's first sweep sends
        return len(rows)


def guarded(step: Callable[[], bool]) -> bool:
    """One evaluation's trouble must not keep the others from being looked after."""
    try:
        return step()
    except BrokerError:
        raise
    except Exception:
        log.exception("an evaluation could not be looked after")
        return False


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
    return sum(guarded(lambda i=i: _send_again(desk, stage, i)) for i in sorted(lost))  # type: ignore[misc]


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
        log.warning("message lost, sent again: %s", row.id, extra=about(row) | {"stage": row.stage})
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
    return sum(guarded(lambda w=w, k=k: _unpark(desk, w, k or "")) for w, k in stuck)  # type: ignore[misc]


def _unpark(desk: Desk, waiter: str, key: str) -> bool:
    desk.unpark(waiter, key)
    return True


class Vigil:
    """Since when this reaper has been watching without a gap.

    A gap is a sweep that failed, a lead that was lost, or more time between two sweeps than there should be
    (a stopped process, a machine asleep): what ran out meanwhile tells nothing of a candidate.
    """

    def __init__(self, interval: float) -> None:
        self._longest = 2 * interval + GAP_SECONDS
        self._since: float | None = None
        self._last = 0.0

    def watching_since(self, now: float) -> float:
        """Note a sweep at this time; when the present watch began."""
        if self._since is None or now - self._last > self._longest:
            self._since = now
        self._last = now
        return self._since

    def broken(self) -> None:
        self._since = None


def serve(desk: Desk, leader: Leader, interval: float, stop: threading.Event, alive: Path | None = None) -> None:
    """Sweep until told to stop, whenever this process is the leader; touch the file `alive` before each round."""
    vigil = Vigil(interval)
    while not stop.wait(interval):
        beat(alive)
        try:
            if leader.holds():
                sweep(desk, vigil.watching_since(desk.clock()))
                swept("done")
            else:
                vigil.broken()
                swept("idle")
        except Exception as error:
            vigil.broken()
            swept("failed")
            expected = isinstance(error, InfrastructureError)
            log.warning("a sweep failed: %s", error, exc_info=None if expected else error)


def main() -> None:
    settings = ReaperSettings()
    configure_logs(json=settings.log_json, level=settings.log_level)
    url = settings.records.url.get_secret_value()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    records = Records(url)
    losses_introduced()
    ends_introduced()
    with serving("reaper", settings.metrics), make_leader(url) as leader:
        serve(Desk(records, RedisBroker(settings.broker)), leader, settings.interval, stop, settings.alive)
    records.close()


if __name__ == "__main__":
    main()
