"""A gateway in a process of its own, that tests can kill and start again; and a worker that ends evaluations for it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from gateway_bench import Bench
from redis_process import redis_process
from sqlalchemy import delete, func, select

from services.broker import RedisBroker
from services.pipeline.submit import UNFINISHED
from services.settings import BrokerSettings
from services.stores.models import EvaluationRow
from trainer_client import RewardClient

LOOK_SECONDS = 0.01
PATIENCE = 240.0


class GatewayProcess:
    """``python -m reward_api.gateway`` over the records and blobs of a bench, always at the same address."""

    def __init__(self, folder: Path, broker_url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._own = {
            "WEBGEN_RECORDS__URL": f"sqlite:///{folder}/records.db",
            "WEBGEN_BLOBS__ROOT": str(folder / "blobs"),
            "WEBGEN_BROKER__URL": broker_url,
            "WEBGEN_AUTH": "false",
            "WEBGEN_PORT": str(port),
            "WEBGEN_LOG_LEVEL": "ERROR",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, **settings: object) -> None:
        """Answers once it serves; at once where it does. ``settings`` in lower case and without their prefix."""
        if self._process is None:
            given = {f"WEBGEN_{name.upper()}": str(value) for name, value in settings.items()}
            kept = {name: value for name, value in os.environ.items() if not name.startswith("WEBGEN_")}
            command = [sys.executable, "-m", "reward_api.gateway"]
            self._process = subprocess.Popen(command, env={**kept, **self._own, **given})
        with RewardClient(self.url) as client:
            client.ping(deadline=PATIENCE)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Answers once it is gone."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(60)
            self._process = None

    def peak_bytes(self) -> int:
        """The most memory that it ever had resident."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1_024


class Worker(threading.Thread):
    """Ends every evaluation that it finds, oldest first, while it is let."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(daemon=True)
        self._bench = bench
        self._over = threading.Event()
        self.may_work = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.may_work.set()
        self.join(60)

    def run(self) -> None:
        while not self._over.is_set():
            self.may_work.wait()
            found = unfinished(self._bench)
            self._bench.conclude(found[:8])
            self._over.wait(0.0 if found else LOOK_SECONDS)


def unfinished(bench: Bench, run: str | None = None) -> list[str]:
    """Ids of what has not ended, of one run or of all, oldest first."""
    query = select(EvaluationRow.id).where(EvaluationRow.status.in_(UNFINISHED)).order_by(EvaluationRow.created_at)
    with bench.records.read() as session:
        return list(session.scalars(query if run is None else query.where(EvaluationRow.run == run)))


def recorded(bench: Bench, run: str) -> int:
    """How many evaluations a run has."""
    query = select(func.count()).select_from(EvaluationRow).where(EvaluationRow.run == run)
    with bench.records.read() as session:
        return session.scalar(query) or 0


def lose(bench: Bench, run: str) -> None:
    """Lose every record of a run, as a database that is restored from an older copy does."""
    with bench.records.write() as session:
        session.execute(delete(EvaluationRow).where(EvaluationRow.run == run))


@contextlib.contextmanager
def gateway_process(folder: Path) -> Iterator[tuple[Bench, GatewayProcess]]:
    """A gateway that is ready to be started, and the bench that it shares its records with."""
    with redis_process() as redis:
        url = f"redis+socket://{redis}"
        bench = Bench(folder, broker=RedisBroker(BrokerSettings(url=url)), broker_url=url, auth=False)
        gateway = GatewayProcess(folder, url)
        try:
            yield bench, gateway
        finally:
            gateway.kill()
            bench.close()
