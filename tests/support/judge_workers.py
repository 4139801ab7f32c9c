"""Real judge processes over a real Redis queue, with everything before them done: rendered sites wait to be judged."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from judge_bench import render_site
from redis_process import redis_process
from workshop import Workshop, rollout

from services.broker import RedisBroker
from services.contract import Evaluation
from services.settings import BrokerSettings
from services.stages import Stage
from services.stores.blobs import FileBlobs
from tests.support.stacks import wait_until
from tests.support.vlm_server import VlmServer

READY = "ready."
"""What Celery says when it takes messages."""


class JudgeWorkers:
    """Attributes:
    processes, logs: one of each for a worker.
    redis: socket of the Redis that they share.
    """

    def __init__(self, folder: Path, redis: Path) -> None:
        self.folder, self.redis = folder, redis
        self.url = f"redis+socket://{redis}"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.logs: list[Path] = []
        self.shop = Workshop(f"sqlite:///{folder}/records.db", folder / "room", FileBlobs(folder / "blobs"))
        self.shop.clock.now = time.time()
        self.shop.scripts[Stage.RENDER] = render_site
        self._broker = RedisBroker(BrokerSettings(url=self.url))

    def start(self, environment: Mapping[str, str]) -> None:
        """Start one more worker; it is told nothing but this and where the rest of the service is."""
        log = self.folder / f"judge-{len(self.logs)}.log"
        told = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "WEBGEN_BROKER__URL": self.url,
            "WEBGEN_RECORDS__URL": f"sqlite:///{self.folder}/records.db",
            "WEBGEN_BLOBS__ROOT": str(self.folder / "blobs"),
            **environment,
        }
        with log.open("wb") as output:
            argv = [sys.executable, "-m", "services.judge.worker"]
            self.processes.append(subprocess.Popen(argv, env=told, stdout=output, stderr=subprocess.STDOUT))
        self.logs.append(log)
        wait_until(lambda: READY in log.read_text() or self.processes[-1].poll() is not None, "a judge worker")
        assert self.processes[-1].poll() is None, log.read_text()

    def submit(self, name: str, evaluations: int) -> list[Evaluation]:
        """Have so many sites rendered and queued for the judge."""
        queued = self.shop.submit(*(rollout(n, f"{name} {n}") for n in range(evaluations)), run=name)
        while self.shop.broker.sent and self.shop.broker.sent[0][0] is not Stage.JUDGE:
            self.shop.deliver()
        while self.shop.broker.sent:
            self._broker.send(*self.shop.broker.sent.popleft())
        return queued

    def ended(self, queued: list[Evaluation]) -> list[Evaluation]:
        """The same evaluations, once every one has ended."""
        ids = [each.id for each in queued]
        wait_until(lambda: all(each.status.ended for each in self.shop.pipeline.get(ids)), "evaluations to end")
        return self.shop.pipeline.get(ids)

    def stop(self) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)
        self.shop.records.close()


@contextmanager
def judge_workers(folder: Path, count: int, server: VlmServer, key: str, **settings: str) -> Iterator[JudgeWorkers]:
    """So many judge processes that grade at the server.

    Args:
        settings: variables below ``WEBGEN_JUDGE__``, by their names in lower case.
    """
    judge = {"kind": "vlm", "base_url": server.base_url, "api_key": key, "model": "eye-1", **settings}
    environment = {f"WEBGEN_JUDGE__{name.upper()}": value for name, value in judge.items()}
    with ExitStack() as stack:
        workers = JudgeWorkers(folder, stack.enter_context(redis_process()))
        stack.callback(workers.stop)
        for _ in range(count):
            workers.start({**environment, "WEBGEN_CONCURRENCY": "4", "WEBGEN_LOG_LEVEL": "INFO"})
        yield workers
