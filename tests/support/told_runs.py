"""Rollouts that say in their completion what becomes of them, and a run of such rollouts, worked to its end by the real
pipeline over real SQLite."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from reward_api.app import create_app
from services.contract import Rollout, Status
from services.errors import JudgeError
from services.pipeline.work import StageJob, StageResult
from services.settings import BrokerSettings, GatewaySettings, RecordSettings
from services.stages import Stage
from services.stores.blobs import FileBlobs
from services.stores.notify import Notifications
from tests.support.workshop import ALL_RULES, Workshop

GATE = "static/package-json"
NOWHERE = "redis+socket:///nonexistent/redis.sock"

_numbers = count()


def told(ends: str = "judge", *, length: int = 0, **said: Any) -> Rollout:
    """A rollout that goes as far as is said.

    Args:
        ends: ``source``, ``lint``, ``resolve``, ``build``, ``render`` (the candidate's failure there), ``refused`` (by
            the judge), ``outage`` (of the judge), or ``judge``: it is scored by its looks.
        length: characters of the completion, at least.
        said: fields of the rollout (``step``, ``group``, ``truncated``), and ``looks`` (appearance, 0 to 5),
            ``spread``, ``source`` and ``shot`` (equal names are equal work), ``bytes``, ``routes``, ``controls``,
            ``kind`` and ``model`` of the judge.
    """
    number = next(_numbers)
    fields = {name: said.pop(name) for name in ("step", "group", "truncated") if name in said}
    plan = {"ends": ends, "looks": 4.0, "source": f"source {number}", "number": number, **said}
    plan.setdefault("shot", f"shot of {plan['source']}")
    text = json.dumps(plan)
    return Rollout(id=f"r{number}", instruction="Make a site", completion=text.ljust(length), **{"step": 0, **fields})


def _plan(job: StageJob) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads(job.completion)
    return plan


def _lint(job: StageJob) -> StageResult:
    plan = _plan(job)
    if plan["ends"] == "source":
        return StageResult(passed=False, facts={"static": {"static/site-source": False}})
    source = job.keep(plan["source"].encode(), "application/json")
    static = dict.fromkeys(sorted(ALL_RULES), True) | {GATE: plan["ends"] != "lint"}
    declared = "missing" if plan["ends"] == "resolve" else "shared"
    size = plan.get("bytes", 1_000)
    facts = {"static": static, "source_hash": source.blob, "bytes": size, "declared_hash": declared}
    return StageResult(passed=True, facts=facts, artifacts={"source.json": source})


def _resolve(job: StageJob) -> StageResult:
    return StageResult(passed=_plan(job)["ends"] != "resolve", facts={"dependency_set": "set"})


def _build(job: StageJob) -> StageResult:
    bundle = job.keep(job.read(Stage.LINT, "source.json"), "application/zip")
    return StageResult(passed=_plan(job)["ends"] != "build", artifacts={"bundle.zip": bundle})


def _render(job: StageJob) -> StageResult:
    plan = _plan(job)
    shot = job.keep(plan["shot"].encode(), "image/png")
    own = [{"path": f"/{n}", "blank": False, "identical_to": None} for n in range(plan.get("routes", 0))]
    copies = [{"path": "/copy", "blank": False, "identical_to": "home.png"}, {"path": "/blank", "blank": True}]
    facts = {
        "functional": True,
        "mode": "full",
        "shot_hash": shot.blob,
        "routes": own + copies,
        "page": {"home.png": {"controls": plan.get("controls", 0)}},
    }
    return StageResult(passed=plan["ends"] != "render", facts=facts, artifacts={"home.png": shot})


def _judge(job: StageJob) -> StageResult:
    plan = _plan(job)
    if plan["ends"] == "outage":
        raise JudgeError("the judge is away")
    facts: dict[str, Any] = {
        "kind": plan.get("kind", "scripted"),
        "model": plan.get("model", "scripted-1"),
        "samples": [],
    }
    if plan["ends"] != "refused":
        criteria = dict.fromkeys(("rendering", "relevance", "layout", "beauty"), plan["looks"])
        facts |= {"samples": [{"criteria": criteria, "overall": plan["looks"]}], "spread": plan.get("spread")}
    return StageResult(passed=plan["ends"] != "refused", facts=facts)


SCRIPTS = {
    Stage.LINT: _lint,
    Stage.RESOLVE: _resolve,
    Stage.BUILD: _build,
    Stage.RENDER: _render,
    Stage.JUDGE: _judge,
}


class ToldRuns:
    """A data folder with runs of told rollouts; with another database where one is given."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.url = url or f"sqlite:///{folder / 'records.db'}"
        self.shop = Workshop(self.url, folder / "room", FileBlobs(folder / "blobs"))
        self.shop.scripts = dict(SCRIPTS)

    def play(self, *rollouts: Rollout, run: str = "run", profile: str | None = None) -> None:
        """Submit, and work until all have ended."""
        ids = [e.id for e in self.shop.submit(*rollouts, run=run, profile=profile)]
        while any(not Status(e.status).ended for e in self.shop.pipeline.get(ids)):
            self.shop.drain()
            self.shop.sweep()

    def app(self) -> FastAPI:
        """A gateway over these records."""
        broker, records = BrokerSettings(url=NOWHERE), RecordSettings.model_validate({"url": self.url})
        settings = GatewaySettings(broker=broker, records=records, auth=False)
        return create_app(settings, self.shop.pipeline, Notifications(broker))

    @contextlib.contextmanager
    def client(self) -> Iterator[TestClient]:
        with TestClient(self.app()) as client:
            yield client

    def close(self) -> None:
        self.shop.records.close()
