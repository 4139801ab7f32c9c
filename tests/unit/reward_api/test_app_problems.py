"""Every error is a problem document that says whose fault it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_bench import Bench, bench_client, submission
from sqlalchemy import text
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from reward_api.observe import Observed
from services.telemetry.metrics import REGISTRY


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[Bench, TestClient]]:
    with bench_client(tmp_path) as pair:
        yield pair


@pytest.fixture
def client(gateway: tuple[Bench, TestClient]) -> TestClient:
    return gateway[1]


def check_problem(answer: Any, status: int) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body["type"].startswith("urn:webgen-reward:problem:")
    return body


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/v1/runs/", 404),
        ("/v1/runs/unknown", 404),
        ("/v1/runs/unknown/steps", 404),
        ("/v1/runs/unknown/evaluations", 404),
        ("/v1/evaluations/ev_unknown", 404),
        ("/v1/evaluations/ev_unknown/artifacts/home.png", 404),
        ("/v1/profiles/unknown", 404),
        ("/v1/runs/%00", 422),
        ("/v1/runs/%ED%A0%80", 422),
        ("/v1/evaluations/%00?wait=1", 422),
        ("/v1/evaluations/ev_1/artifacts/..%5C..%5Cetc", 422),
        ("/v1/evaluations/ev_1?wait=NaN", 422),
        ("/v1/evaluations/ev_1?wait=51", 422),
        ("/v1/runs?limit=0", 422),
        ("/v1/runs?limit=1000", 422),
        ("/v1/runs?limt=5", 422),
        ("/v1/runs?cursor=bm90IG91cnM=", 400),
        ("/v1/runs/run-1/evaluations?group=%00", 422),
        ("/v1/runs/run-1/evaluations?status=done", 422),
        ("/v1/runs/run-1/evaluations?step=99999999999999999999", 422),
    ],
)
def test_wrong_paths_and_parameters(client: TestClient, path: str, status: int) -> None:
    check_problem(client.get(path), status)


def test_wrong_method_names_the_right_ones(client: TestClient) -> None:
    answer = client.patch("/v1/runs/run-1")
    check_problem(answer, 405)
    assert answer.headers["Allow"] == "DELETE, GET"


def test_field_errors_name_the_field(client: TestClient) -> None:
    body = check_problem(client.get("/v1/evaluations/ev_1?wait=soon"), 422)
    assert body["errors"][0]["where"] == "query"
    assert body["errors"][0]["field"] == "wait"


@pytest.mark.parametrize(("sent", "kept"), [("run-7.a", True), ("a b", False), ("x" * 65, False), ("é", False)])
def test_request_id_is_kept_where_it_is_sane(client: TestClient, sent: str, kept: bool) -> None:
    answer = client.get("/nowhere", headers={"X-Request-ID": sent.encode("utf-8")})
    assert (check_problem(answer, 404)["request_id"] == sent) is kept


def test_answers_are_data_and_never_a_page(client: TestClient) -> None:
    for path in ("/healthz", "/nowhere", "/v1/profiles"):
        headers = client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_database_failure_is_ours_and_can_be_tried_again(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    with bench.records.engine.begin() as connection:
        connection.execute(text("ALTER TABLE runs RENAME TO elsewhere"))
    answer = client.post("/v1/evaluations", json=submission("a"))
    body = check_problem(answer, 503)
    assert "records" in body["detail"]
    assert "elsewhere" not in answer.text
    assert answer.headers["Retry-After"]


def test_no_worker_yet_is_said(tmp_path: Path) -> None:
    with bench_client(tmp_path) as (bench, client):
        with bench.records.engine.begin() as connection:
            connection.execute(text("DELETE FROM announcements"))
        body = check_problem(client.post("/v1/evaluations", json=submission("a")), 503)
        assert "no worker has announced" in body["detail"]


def test_defect_is_a_problem_that_tells_nothing_but_where_to_look() -> None:
    async def defective(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError("secret inside")

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(Observed(defective))) as client:
            return await client.get("http://gateway/v1/runs")

    before = _count("5xx")
    answer = asyncio.run(ask())
    body = check_problem(answer, 500)
    assert body["request_id"] in body["detail"]
    assert "secret" not in answer.text
    assert _count("5xx") == before + 1


def _count(status: str) -> float:
    labels = {"route": "unmatched", "method": "GET", "status": status}
    return REGISTRY.get_sample_value("webgen_http_requests_total", labels) or 0.0
