"""A small service that keeps the contract: same rollout id, same evaluation; everything ends after some queries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.contract import Accepted, Evaluation, ProfileRef, QueryAnswer, Status
from services.stages import Stage
from trainer_client import ClientLimits

Trouble = Callable[[httpx.Request, httpx.Response], httpx.Response]


class FakeService:
    """Handles requests. ``troubles`` are taken one per request, before its answer goes out; the work was done."""

    def __init__(self) -> None:
        self.evaluations: dict[str, Evaluation] = {}
        self.by_rollout: dict[str, str] = {}
        self.submissions: list[dict[str, Any]] = []
        self.queries_until_ended = 2
        self.most = 1_000
        self.troubles: list[Trouble] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        response = self._answer(request)
        return self.troubles.pop(0)(request, response) if self.troubles else response

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else {}
        if request.url.path == "/v1/evaluations":
            return self._submit(body)
        if request.url.path == "/v1/evaluations/query":
            return self._query(body["ids"])
        return problem(404, "Not found")

    def _submit(self, body: dict[str, Any]) -> httpx.Response:
        if len(body["rollouts"]) > self.most:
            return problem(413, "Too large")
        self.submissions.append(body)
        found = [self._evaluation(rollout, body["run"]) for rollout in body["rollouts"]]
        return httpx.Response(202, content=Accepted(evaluations=found).model_dump_json())

    def _evaluation(self, rollout: dict[str, Any], run: str) -> Evaluation:
        id_ = self.by_rollout.setdefault(rollout["id"], f"e{len(self.by_rollout)}")
        new = Evaluation(
            id=id_,
            run=run,
            rollout_id=rollout["id"],
            status=Status.QUEUED,
            stage=Stage.LINT,
            profile=ProfileRef(name="cascade", version="1", hash="h"),
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        return self.evaluations.setdefault(id_, new)

    def _query(self, ids: list[str]) -> httpx.Response:
        self.queries_until_ended -= 1
        if self.queries_until_ended <= 0:
            for id_ in ids:
                scored = {"status": Status.SCORED, "reward": float(id_[1:])}
                self.evaluations[id_] = self.evaluations[id_].model_copy(update=scored)
        found = [self.evaluations[id_] for id_ in ids]
        pending = [e.id for e in found if not e.status.ended]
        return httpx.Response(200, content=QueryAnswer(evaluations=found, pending=pending).model_dump_json())


def problem(status: int, title: str, **headers: str) -> httpx.Response:
    return httpx.Response(status, json={"type": f"urn:webgen-reward:problem:{status}", "title": title}, headers=headers)


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def quick() -> ClientLimits:
    """Limits without patience, so that retries cost no time."""
    return ClientLimits(chunk_rollouts=3, poll_seconds=0.01, progress_seconds=0.01, first_delay=0.001, max_delay=0.002)
