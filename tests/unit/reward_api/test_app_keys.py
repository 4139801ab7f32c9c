"""API keys: what each scope may do, and that nothing is read before the key is known."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_bench import Bench, bench_client, submission
from starlette.testclient import TestClient

from services.stores.keys import create_key, revoke_key

CALLS = [
    ("POST", "/v1/evaluations", {"submit", "admin"}),
    ("POST", "/v1/score", {"submit", "admin"}),
    ("POST", "/v1/evaluations/query", {"submit", "read", "admin"}),
    ("GET", "/v1/evaluations/ev_1", {"submit", "read", "admin"}),
    ("GET", "/v1/evaluations/ev_1/artifacts/home.png", {"submit", "read", "admin"}),
    ("POST", "/v1/evaluations/ev_1/rejudge", {"submit", "admin"}),
    ("GET", "/v1/runs", {"read", "admin"}),
    ("GET", "/v1/runs/r", {"read", "admin"}),
    ("GET", "/v1/runs/r/steps", {"read", "admin"}),
    ("GET", "/v1/runs/r/evaluations", {"read", "admin"}),
    ("DELETE", "/v1/runs/r", {"admin"}),
    ("GET", "/v1/profiles", {"submit", "read", "admin"}),
    ("GET", "/v1/profiles/cascade", {"submit", "read", "admin"}),
    ("PUT", "/v1/profiles/mine", {"admin"}),
    ("GET", "/v1/scaffold", {"submit", "read", "admin"}),
]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[Bench, TestClient]]:
    with bench_client(tmp_path, auth=True, max_body_bytes=1_000) as pair:
        yield pair


@pytest.mark.parametrize(("method", "path", "allowed"), CALLS)
def test_scopes(gateway: tuple[Bench, TestClient], method: str, path: str, allowed: set[str]) -> None:
    bench, client = gateway
    for scope in ("submit", "read", "admin"):
        status = client.request(method, path, headers=bench.key(scope)).status_code
        assert (status == 403) is (scope not in allowed), scope
        assert status != 401


@pytest.mark.parametrize(("method", "path", "_allowed"), CALLS)
def test_no_key_no_answer(gateway: tuple[Bench, TestClient], method: str, path: str, _allowed: set[str]) -> None:
    answer = gateway[1].request(method, path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/openapi.json"])
def test_open_to_everyone(gateway: tuple[Bench, TestClient], path: str) -> None:
    assert gateway[1].get(path).status_code == 200


@pytest.mark.parametrize("header", ["Bearer wrong", "Basic YTpi", "Bearer", "Bearer \xe9"])
def test_wrong_keys(gateway: tuple[Bench, TestClient], header: str) -> None:
    assert gateway[1].get("/v1/runs", headers={"Authorization": header.encode("latin-1")}).status_code == 401


def test_revoked_key_ends_at_once(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    key_id, secret = create_key(bench.records, "test", ["read"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/v1/runs", headers=headers).status_code == 200
    revoke_key(bench.records, key_id)
    assert client.get("/v1/runs", headers=headers).status_code == 401


def test_key_comes_before_body(gateway: tuple[Bench, TestClient]) -> None:
    body = submission(*(f"r{i}" for i in range(100)))
    assert gateway[1].post("/v1/evaluations", json=body).status_code == 401
    assert gateway[1].post("/v1/evaluations", json=body, headers=gateway[0].key("submit")).status_code == 413
