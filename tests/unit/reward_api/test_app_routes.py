"""What right requests get: evaluations, artifacts, runs, profiles, scaffold, health, metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_bench import Bench, bench_client, submission
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from services.rewards.profile import built_in, built_in_text

TOML = {"Content-Type": "application/toml"}


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[Bench, TestClient]]:
    with bench_client(tmp_path, score_deadline=0.05) as pair:
        yield pair


@pytest.fixture
def client(gateway: tuple[Bench, TestClient]) -> TestClient:
    return gateway[1]


@pytest.fixture
def ended(gateway: tuple[Bench, TestClient]) -> str:
    """Id of an evaluation of run-1 that ended without a site source."""
    evaluation = gateway[0].submit("ended")[0]
    gateway[0].conclude([evaluation.id])
    return evaluation.id


def test_query_keeps_the_order_and_names_what_goes_on(gateway: tuple[Bench, TestClient], ended: str) -> None:
    bench, client = gateway
    pending = bench.submit("pending")[0].id
    answer = client.post("/v1/evaluations/query", json={"ids": [pending, ended], "wait": 0.05}).json()
    assert [e["id"] for e in answer["evaluations"]] == [pending, ended]
    assert answer["pending"] == [pending]
    assert answer["evaluations"][1]["reward"] == -1.0


def test_query_names_unknown_ids(client: TestClient, ended: str) -> None:
    answer = client.post("/v1/evaluations/query", json={"ids": [ended, "ev_unknown"]})
    assert answer.status_code == 404
    assert "ev_unknown" in answer.json()["detail"]


def test_score_answers_at_its_deadline_with_what_it_has(client: TestClient, ended: str) -> None:
    answer = client.post("/v1/score?wait=1000", json=submission("pending", "ended")).json()
    assert answer["rewards"] == [None, -1.0]
    assert [e["rollout_id"] for e in answer["evaluations"]] == ["pending", "ended"]
    assert answer["pending"] == [answer["evaluations"][0]["id"]]


@pytest.mark.parametrize(
    ("name", "media_type", "shown"),
    [
        ("home.png", "image/png", True),
        ("lint.txt", "text/plain; charset=utf-8", True),
        ("bundle.zip", "application/zip", False),
        ("page", "application/octet-stream", False),
    ],
)
def test_artifacts_never_run_in_a_browser(
    client: TestClient, ended: str, name: str, media_type: str, shown: bool
) -> None:
    answer = client.get(f"/v1/evaluations/{ended}/artifacts/{name}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_was_sent_can_be_read_again(client: TestClient, ended: str) -> None:
    answer = client.get(f"/v1/evaluations/{ended}/rollout").json()
    sent = submission("ended")["rollouts"][0]
    assert {name: answer[name] for name in sent} == sent
    assert client.get("/v1/evaluations/unknown/rollout").status_code == 404


def test_unknown_artifact_names_those_there_are(client: TestClient, ended: str) -> None:
    answer = client.get(f"/v1/evaluations/{ended}/artifacts/judge.json")
    assert answer.status_code == 404
    assert "home.png" in answer.json()["detail"]


def test_listing_by_cursor_shows_everything_once(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    sent = {bench.submit(f"r{i}")[0].id for i in range(5)}
    seen, cursor = [], None
    while cursor is not None or not seen:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/runs/run-1/evaluations", params=params).json()
        seen += [e["id"] for e in page["evaluations"]]
        cursor = page["next_cursor"]
    assert len(seen) == 5
    assert set(seen) == sent


def test_filters(gateway: tuple[Bench, TestClient], ended: str) -> None:
    bench, client = gateway
    bench.submit("pending")
    found = client.get("/v1/runs/run-1/evaluations", params={"status": "scored"}).json()["evaluations"]
    assert [e["id"] for e in found] == [ended]
    assert client.get("/v1/runs/run-1/evaluations", params={"step": 3}).json()["evaluations"] == []
    assert client.get("/v1/runs/run-1/evaluations", params={"group": "g"}).json()["evaluations"] == []


def test_run_and_its_steps(client: TestClient, ended: str) -> None:
    run = client.get("/v1/runs/run-1").json()
    assert (run["mean_reward"], run["bands"]) == (-1.0, {"no-source": 1})
    assert [r["run"] for r in client.get("/v1/runs").json()["runs"]] == ["run-1"]
    assert client.get("/v1/runs/run-1/steps").json()["steps"][0]["step"] is None


def test_cancel_ends_what_goes_on_and_nothing_else(gateway: tuple[Bench, TestClient], ended: str) -> None:
    bench, client = gateway
    pending = bench.submit("p1", "p2")
    assert client.delete("/v1/runs/run-1").json() == {"run": "run-1", "cancelled": 2}
    assert client.get(f"/v1/evaluations/{ended}").json()["status"] == "scored"
    assert client.get(f"/v1/evaluations/{pending[0].id}?wait=50").json()["status"] == "cancelled"


def test_built_in_profiles_with_their_hashes(client: TestClient) -> None:
    found = {p["profile"]["name"]: p for p in client.get("/v1/profiles").json()["profiles"]}
    assert set(found) == {"cascade", "webgen-r1", "webgen-r1-released"}
    assert found["cascade"]["hash"] == built_in()["cascade"].hash
    assert client.get("/v1/profiles/cascade").json() == found["cascade"]


def test_profile_goes_in_as_toml_and_comes_out_as_json_that_goes_in_again(client: TestClient) -> None:
    text = built_in_text("cascade").replace('name = "cascade"', 'name = "mine"')
    put = client.put("/v1/profiles/mine", content=text, headers=TOML)
    assert put.status_code == 200
    assert (put.json()["built_in"], put.json()["hash"]) != (True, built_in()["cascade"].hash)
    again = client.put("/v1/profiles/mine", json=client.get("/v1/profiles/mine").json()["profile"])
    assert again.json() == put.json()
    taken = client.post("/v1/evaluations", json=submission("a") | {"profile": "mine"})
    assert taken.json()["evaluations"][0]["profile"]["hash"] == put.json()["hash"]


@pytest.mark.parametrize(
    ("name", "old", "new", "status", "said"),
    [
        ("mine", "samples = 3", "samples = 300", 422, "judge.samples"),
        ("mine", "[judge]", "[jugde]", 422, "jugde"),
        ("mine", "[judge]", "[judge", 422, "not valid TOML"),
        ("other", "[judge]", "[judge]", 422, "'other'"),
    ],
)
def test_wrong_profiles_name_the_key(client: TestClient, name: str, old: str, new: str, status: int, said: str) -> None:
    text = built_in_text("cascade").replace('name = "cascade"', 'name = "mine"').replace(old, new)
    answer = client.put(f"/v1/profiles/{name}", content=text, headers=TOML)
    assert answer.status_code == status
    assert said in answer.json()["detail"]
    assert len(client.get("/v1/profiles").json()["profiles"]) == 3


def test_wrong_profile_in_json_names_the_key(client: TestClient) -> None:
    body = built_in()["cascade"].model_dump(mode="json") | {"name": "mine", "typecheck": "maybe"}
    answer = client.put("/v1/profiles/mine", json=body)
    assert answer.status_code == 422
    assert "typecheck" in answer.json()["detail"]


def test_built_in_profiles_stay(client: TestClient) -> None:
    answer = client.put("/v1/profiles/cascade", content=built_in_text("cascade"), headers=TOML)
    assert answer.status_code == 409


def test_scaffold_is_what_a_prompt_needs(client: TestClient) -> None:
    scaffold = client.get("/v1/scaffold").json()
    assert "webArtifact" in scaffold["system_prompt"]
    assert json.loads(scaffold["files"]["package.json"])["dependencies"]["react"]
    assert scaffold["version"]


def test_ready_until_it_stops(tmp_path: Path) -> None:
    with bench_client(tmp_path) as (_, client):
        assert client.get("/readyz").json() == client.get("/healthz").json() == {"status": "ok"}
        client.app.state.context.waiting.stop()  # type: ignore[attr-defined]  # the client knows it as any ASGI app
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json()["reasons"]) == (503, ["the gateway is stopping"])
        assert client.get("/healthz").status_code == 200


def test_metrics_have_the_queue_and_no_names_of_callers(gateway: tuple[Bench, TestClient], ended: str) -> None:
    bench, client = gateway
    bench.submit("p1", "p2")
    client.get("/v1/runs/run-1")
    client.request("BREW", "/v1/runs")
    families = {family.name: family for family in text_string_to_metric_families(client.get("/metrics").text)}
    queued = {s.labels["stage"]: s.value for s in families["webgen_evaluations_queued"].samples}
    assert queued["lint"] == 2
    labels = {value for family in families.values() for s in family.samples for value in s.labels.values()}
    assert "/v1/runs/{run}" in labels
    assert not labels & {"run-1", ended, "BREW"}
    assert all(name.startswith(("webgen_", "process_")) for name in families)
