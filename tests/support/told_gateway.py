"""A gateway on loopback over a real pipeline whose stages do what each completion says (see `told_runs`), worked by a
thread as rollouts arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from services.contract import Status
from services.stores.models import EvaluationRow
from tests.support.gateway_server import served
from tests.support.told_runs import ToldRuns

UNFINISHED = (Status.QUEUED.value, Status.RUNNING.value)


@dataclass
class ToldGateway:
    url: str
    runs: ToldRuns


@contextmanager
def told_gateway(folder: Path) -> Iterator[ToldGateway]:
    runs, over = ToldRuns(folder), threading.Event()
    worker = threading.Thread(target=_work, args=(runs, over))
    with served(runs.app()) as (url, _):
        worker.start()
        try:
            yield ToldGateway(url, runs)
        finally:
            over.set()
            worker.join(30)
    runs.close()


def _work(runs: ToldRuns, over: threading.Event) -> None:
    """Deliver what is sent; where something waits for a retry, let a minute of the pipeline's clock pass."""
    while not over.wait(0.005):
        while runs.shop.broker.sent and not over.is_set():
            runs.shop.deliver()
        if _unfinished(runs):
            runs.shop.sweep()


def _unfinished(runs: ToldRuns) -> bool:
    with runs.shop.records.read() as session:
        return session.scalar(select(EvaluationRow.id).where(EvaluationRow.status.in_(UNFINISHED)).limit(1)) is not None
