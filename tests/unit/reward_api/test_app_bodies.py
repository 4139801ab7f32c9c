"""What a body may not be: each refusal says what to send instead, and nothing is half-accepted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_bench import Bench, bench_client, submission
from starlette.requests import Request
from starlette.testclient import TestClient

from reward_api.limits import read_body
from services.errors import TooLarge

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[Bench, TestClient]]:
    with bench_client(tmp_path) as pair:
        yield pair


@pytest.fixture
def client(gateway: tuple[Bench, TestClient]) -> TestClient:
    return gateway[1]


def rollout(**changes: Any) -> bytes:
    body = submission("a")
    body["rollouts"][0] |= changes
    return json.dumps(body).encode()


REFUSED = {
    "unparsable": (b'{"run": ', 400, "not valid JSON"),
    "not UTF-8": (b'{"run": "\xff"}', 400, "not valid JSON"),
    "empty": (b"", 400, "not valid JSON"),
    "nested without end": (b"[" * 100_000, 400, "not valid JSON"),
    "wrong type": (b"[]", 422, "body (whole)"),
    "empty list": (b'{"run": "r", "rollouts": []}', 422, "rollouts"),
    "unknown key": (b'{"run": "r", "rolouts": []}', 422, "rollouts"),
    "number as text": (rollout(step="1"), 422, "rollouts[0].step"),
    "truth as number": (rollout(step=True), 422, "rollouts[0].step"),
    "step below zero": (rollout(step=-1), 422, "rollouts[0].step"),
    "NUL in completion": (rollout(completion="a\0b"), 422, "NUL"),
    "NUL in a message": (rollout(completion=[{"role": "assistant", "content": "\0"}]), 422, "NUL"),
    "NUL in metadata": (rollout(metadata={"a": ["\0"]}), 422, "NUL"),
    "lone surrogate": (rollout(instruction="\ud800"), 422, "lone surrogate"),
    "endless metadata": (rollout(metadata={"a": float("inf")}), 422, "metadata"),
    "large metadata": (rollout(metadata={"a": "x" * 20_000}), 422, "16384 bytes"),
    "run with a slash": (json.dumps(submission("a", run="a/b")).encode(), 422, "body run"),
    "long completion": (rollout(completion="x" * 4_000_001), 413, "4000000 characters"),
    "long message": (rollout(completion=[{"role": "assistant", "content": "x" * 4_000_001}]), 413, "4000000"),
    "unknown profile": (json.dumps(submission("a") | {"profile": "nope"}).encode(), 422, "cascade"),
    "same id twice": (
        json.dumps(
            {**submission("a", "a")}
            | {"rollouts": submission("a")["rollouts"] + [{"id": "a", "instruction": "Another.", "completion": "x"}]}
        ).encode(),
        422,
        "twice",
    ),
}


@pytest.mark.parametrize("path", ["/v1/evaluations", "/v1/score"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_whole_and_with_a_reason(client: TestClient, name: str, path: str) -> None:
    body, status, said = REFUSED[name]
    answer = client.post(path, content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]
    assert client.get("/v1/runs").json()["runs"] == []


def test_ten_thousand_rollouts_name_the_limit(client: TestClient) -> None:
    answer = client.post("/v1/evaluations", json=submission(*(f"r{i}" for i in range(10_000))))
    assert answer.status_code == 413
    assert "max_batch = 1024" in answer.json()["detail"]


def test_ten_thousand_wrong_rollouts_are_a_short_answer(client: TestClient) -> None:
    answer = client.post("/v1/evaluations", json={"run": "r", "rollouts": [{}] * 10_000})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20


@pytest.mark.parametrize("chunked", [True, False])
def test_large_body_names_the_limit(tmp_path: Path, chunked: bool) -> None:
    content = rollout(completion="x" * 5_000)
    with bench_client(tmp_path, max_body_bytes=4_000) as (_, client):
        answer = client.post("/v1/evaluations", content=iter([content]) if chunked else content, headers=JSON)
        assert answer.status_code == 413
        assert "max_body_bytes = 4000" in answer.json()["detail"]


def test_endless_body_is_not_read_to_its_end() -> None:
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 1_000, "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": []}, receive)
    with pytest.raises(TooLarge):
        asyncio.run(read_body(request, 10_000))
    assert taken == 11


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "application/json"),
        ({"Content-Type": "text/plain"}, "application/json"),
        (JSON | {"Content-Encoding": "gzip"}, "without Content-Encoding"),
    ],
)
def test_other_media_types_are_refused(client: TestClient, headers: dict[str, str], said: str) -> None:
    answer = client.post("/v1/evaluations", content=rollout(), headers=headers)
    assert answer.status_code == 415
    assert said in answer.json()["detail"]


def test_same_body_again_is_the_same_evaluations(client: TestClient) -> None:
    first, second = (client.post("/v1/evaluations", json=submission("a", "b")) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    ids = [[e["id"] for e in answer.json()["evaluations"]] for answer in (first, second)]
    assert ids[0] == ids[1]
    assert [e["rollout_id"] for e in first.json()["evaluations"]] == ["a", "b"]


def test_another_body_under_a_used_id_takes_nothing_of_its_batch(client: TestClient) -> None:
    client.post("/v1/evaluations", json=submission("a"))
    body = submission("new", "a")
    body["rollouts"][1]["completion"] = "another"
    answer = client.post("/v1/evaluations", json=body)
    assert answer.status_code == 409
    assert "'a'" in answer.json()["detail"]
    listed = client.get("/v1/runs/run-1/evaluations").json()["evaluations"]
    assert [e["rollout_id"] for e in listed] == ["a"]


def test_full_queue_says_when_to_come_again(tmp_path: Path) -> None:
    with bench_client(tmp_path, max_queued=2) as (_, client):
        never = client.post("/v1/evaluations", json=submission("a", "b", "c"))
        assert never.status_code == 413
        assert client.post("/v1/evaluations", json=submission("a", "b")).status_code == 202
        later = client.post("/v1/evaluations", json=submission("c"))
        assert later.status_code == 429
        assert int(later.headers["Retry-After"]) > 0


def test_rejudge_takes_a_missing_body(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    evaluation = bench.submit("a")[0]
    for body in ({}, {"json": {}}, {"json": {"rollout_id": "again"}}):
        answer = client.post(f"/v1/evaluations/{evaluation.id}/rejudge", **body)
        assert answer.status_code == 409
        assert "no screenshots" in answer.json()["detail"]
