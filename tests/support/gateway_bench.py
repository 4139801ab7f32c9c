"""A gateway over a real pipeline: SQLite and blobs in a folder, the broker that ships for tests (or another)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from reward_api.app import create_app
from services.broker import Broker
from services.broker.protocol import MemoryBroker
from services.contract import Artifact, Evaluation, Finding, Severity, Submission
from services.pipeline.desk import Desk
from services.pipeline.runner import Runner
from services.pipeline.service import Pipeline
from services.pipeline.versions import COMPONENTS, announce
from services.pipeline.work import StageJob, StageResult, StageWork
from services.settings import BrokerSettings, GatewaySettings, RecordSettings
from services.stages import Stage
from services.stores.blobs import FileBlobs
from services.stores.keys import create_key
from services.stores.migrations import upgrade
from services.stores.notify import Notifications
from services.stores.records import Records

VERSIONS = dict.fromkeys(COMPONENTS, "1")
NOWHERE = "redis+socket:///nonexistent/redis.sock"


def no_source(job: StageJob) -> StageResult:
    """A lint stage that finds no site source, and leaves a log, a picture, a bundle and a page behind."""
    kept: dict[str, Artifact] = {
        "lint.txt": job.keep(b"nothing here", "text/plain"),
        "home.png": job.keep(b"\x89PNG", "image/png"),
        "bundle.zip": job.keep(b"PK", "application/zip"),
        "page": job.keep(b"<script>alert(1)</script>", "text/html"),
    }
    finding = Finding(rule="static/site-source", severity=Severity.ERROR, message="no artifact in the completion")
    return StageResult(passed=False, findings=(finding,), artifacts=kept)


class Bench:
    """Everything behind one gateway, and a worker's hand to end evaluations with."""

    def __init__(
        self, folder: Path, *, broker: Broker | None = None, broker_url: str = NOWHERE, **settings: Any
    ) -> None:
        url = f"sqlite:///{folder}/records.db"
        upgrade(url)
        self.records = Records(url)
        announce(self.records, VERSIONS, time.time())
        self.blobs = FileBlobs(folder / "blobs")
        self.broker = broker or MemoryBroker()
        self.desk = Desk(self.records, self.broker)
        self.settings = GatewaySettings(
            broker=BrokerSettings(url=broker_url), records=RecordSettings.model_validate({"url": url}), **settings
        )
        self.pipeline = Pipeline(self.desk, self.blobs, self.settings.judge_costs)
        self.notifications = Notifications(self.settings.broker)
        self._runner = Runner(self.desk, self.blobs, VERSIONS, folder / "room")

    def app(self) -> FastAPI:
        return create_app(self.settings, self.pipeline, self.notifications)

    def key(self, *scopes: str) -> dict[str, str]:
        """Headers with a new API key."""
        return {"Authorization": f"Bearer {create_key(self.records, 'test', scopes)[1]}"}

    def submit(self, *rollout_ids: str, run: str = "run-1") -> list[Evaluation]:
        return self.pipeline.submit(
            Submission.model_validate(submission(*rollout_ids, run=run)), max_queued=100, request_id="bench"
        )

    def conclude(self, ids: Sequence[str]) -> None:
        """End these evaluations: their lint finds no source."""
        for evaluation_id in ids:
            self.work(Stage.LINT, evaluation_id, no_source)

    def work(self, stage: Stage, evaluation_id: str, stage_work: StageWork) -> None:
        """Do one stage of one evaluation, as its worker would."""
        self._runner.run(stage, evaluation_id, stage_work)

    def close(self) -> None:
        self.records.close()


@contextlib.contextmanager
def bench_client(folder: Path, **settings: Any) -> Iterator[tuple[Bench, TestClient]]:
    """A bench and a client of its gateway; without API keys unless ``auth`` is set."""
    bench = Bench(folder, **{"auth": False, **settings})
    with TestClient(bench.app()) as client:
        yield bench, client
    bench.close()


def submission(*rollout_ids: str, run: str = "run-1") -> dict[str, Any]:
    """A valid body: one small rollout an id, each with a completion of its own."""
    rollouts = [{"id": i, "instruction": "A page.", "completion": f"no site, {i}"} for i in rollout_ids]
    return {"run": run, "rollouts": rollouts}
