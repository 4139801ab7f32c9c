"""Rejudging over HTTP: what the gateway takes and refuses, and a command that meets a full queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from reward_api.cli.judging import OUT_OF_TIME, Task, Wish, judge_all
from services.contract import Evaluation, Status
from services.pipeline.runner import Runner
from services.pipeline.versions import Offer, announce
from services.stages import ORDER, Stage
from tests.support.gateway_bench import VERSIONS, Bench, bench_client
from tests.support.gateway_server import served
from tests.support.workshop import DEFAULTS
from trainer_client import Refused, RewardClient

OFFERS = (Offer("1", None, "rubric-1", standard=True), Offer("1:eye-2", "eye-2", "rubric-1"))


def worker(bench: Bench, folder: Path) -> Runner:
    announce(bench.records, VERSIONS, time.time(), OFFERS)
    return Runner(bench.desk, bench.blobs, VERSIONS, folder / "room", offered=[offer.version for offer in OFFERS])


def scored(bench: Bench, runner: Runner, *names: str) -> list[Evaluation]:
    """Evaluations that went through every stage."""
    queued = bench.submit(*names)
    while bench.broker.sent:  # type: ignore[attr-defined]
        stage, id_ = bench.broker.sent.popleft()  # type: ignore[attr-defined]
        runner.run(stage, id_, DEFAULTS[stage])
    return bench.pipeline.get([one.id for one in queued])


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[TestClient, Evaluation]]:
    with bench_client(tmp_path, max_queued=2) as (bench, client):
        (old,) = scored(bench, worker(bench, tmp_path), "r1")
        yield client, old


def test_the_wanted_judge_is_in_the_answer(gateway: tuple[TestClient, Evaluation]) -> None:
    client, old = gateway
    wanted = {"model": "eye-2", "prompt": "rubric-1", "samples": 3, "rollout_id": "again"}
    answer = client.post(f"/v1/evaluations/{old.id}/rejudge", json=wanted)
    assert answer.status_code == 202
    body = answer.json()
    assert (body["derived_from"], body["rollout_id"], body["versions"]["judge"]) == (old.id, "again", "1:eye-2")
    assert [report["stage"] for report in body["reports"]] == [
        stage.value for stage in ORDER if stage is not Stage.JUDGE
    ]
    assert client.post(f"/v1/evaluations/{old.id}/rejudge", json=wanted).json()["id"] == body["id"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"model": "dear"}, 422, "eye-2"),
        ({"prompt": "rubric-7"}, 422, "rubric-1"),
        ({"samples": 0}, 422, "samples"),
        ({"samples": 17}, 422, "samples"),
        ({"samples": "2"}, 422, "samples"),
        ({"samples": 2.5}, 422, "samples"),
        ({"temperature": 1}, 422, "temperature"),
        ({"rollout_id": "r1"}, 409, "used already"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_says_why(
    gateway: tuple[TestClient, Evaluation], body: dict[str, Any], status: int, says: str
) -> None:
    client, old = gateway
    answer = client.post(f"/v1/evaluations/{old.id}/rejudge", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert says in answer.text


def test_a_full_queue_says_when_to_come_again(gateway: tuple[TestClient, Evaluation]) -> None:
    client, old = gateway
    answers = [client.post(f"/v1/evaluations/{old.id}/rejudge") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


def test_listings_tell_rejudged_evaluations_from_originals(gateway: tuple[TestClient, Evaluation]) -> None:
    client, old = gateway
    derived = client.post(f"/v1/evaluations/{old.id}/rejudge").json()["id"]

    def ids(query: str) -> set[str]:
        return {one["id"] for one in client.get(f"/v1/runs/run-1/evaluations{query}").json()["evaluations"]}

    assert (ids(""), ids("?derived=false"), ids("?derived=true")) == ({old.id, derived}, {old.id}, {derived})
    assert client.get("/v1/runs/run-1/evaluations?derived=perhaps").status_code == 422
    assert client.get("/v1/runs/run-1").json()["counts"] == {"scored": 1}


@contextmanager
def judging(bench: Bench, runner: Runner) -> Iterator[None]:
    """Somebody who judges what comes."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.01):
            while bench.broker.sent:  # type: ignore[attr-defined]
                stage, id_ = bench.broker.sent.popleft()  # type: ignore[attr-defined]
                runner.run(stage, id_, DEFAULTS[stage])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def service(folder: Path) -> Iterator[tuple[Bench, Runner, RewardClient]]:
    """A gateway on loopback that holds two evaluations at a time."""
    bench = Bench(folder, auth=False, max_queued=2)
    runner = worker(bench, folder)
    with served(bench.app()) as (url, _), RewardClient(url) as client:
        yield bench, runner, client
    bench.close()


def test_many_rejudgings_get_through_a_small_queue_and_only_once(tmp_path: Path) -> None:
    with service(tmp_path) as (bench, runner, client):
        originals = [scored(bench, runner, name)[0] for name in ("r1", "r2", "r3", "r4")]
        tasks = [Task(one, Wish(model="eye-2"), "test") for one in originals]
        done: list[int] = []
        with judging(bench, runner):
            first = judge_all(client, tasks, at_once=4, deadline=120, done=lambda: done.append(1))
            again = judge_all(client, tasks, at_once=4, deadline=120, done=lambda: None)
    assert [outcome.task for outcome in first] == tasks
    assert all(outcome.judged for outcome in first)
    assert len(done) == len(tasks)
    assert [o.derived.id for o in again if o.derived] == [o.derived.id for o in first if o.derived]


def test_what_is_late_has_a_problem_and_no_number(tmp_path: Path) -> None:
    with service(tmp_path) as (bench, runner, client):
        (old,) = scored(bench, runner, "r1")
        (outcome,) = judge_all(client, [Task(old, Wish(), "test")], at_once=1, deadline=1, done=lambda: None)
    assert (outcome.judged, outcome.problem) == (False, OUT_OF_TIME)
    assert outcome.derived is not None
    assert outcome.derived.status is Status.QUEUED


def test_what_the_service_will_never_do_ends_the_command(tmp_path: Path) -> None:
    with service(tmp_path) as (bench, runner, client):
        (old,) = scored(bench, runner, "r1")
        tasks = [Task(old, Wish(model="dear"), "test", number) for number in range(50)]
        with pytest.raises(Refused, match="dear"):
            judge_all(client, tasks, at_once=2, deadline=60, done=lambda: None)
