"""A gateway that listens, with real hints through Redis: waits that end early, all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from gateway_bench import Bench, submission
from gateway_server import served
from redis_process import redis_process

from services.broker import RedisBroker
from services.settings import BrokerSettings

LONG = 50


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with redis_process() as socket:
        url = f"redis+socket://{socket}"
        bench = Bench(tmp_path, broker=RedisBroker(BrokerSettings(url=url)), broker_url=url, auth=False)
        yield bench
        bench.close()


def poll(condition: Callable[[], bool]) -> None:
    """Return once the condition holds; fail after 30 seconds."""
    pause, deadline = threading.Event(), time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.01)


def clients_of(app: Any) -> int:
    count: int = app.state.context.waiting.clients
    return count


def test_waiting_clients_are_answered_when_their_evaluations_end(bench: Bench) -> None:
    app = bench.app()
    ids = [e.id for e in bench.submit(*(f"r{i}" for i in range(20)))]
    with served(app) as (address, _), ThreadPoolExecutor(21) as threads, httpx.Client(timeout=60) as client:
        single = [threads.submit(client.get, f"{address}/v1/evaluations/{i}?wait={LONG}") for i in ids]
        whole = threads.submit(client.post, f"{address}/v1/evaluations/query", json={"ids": ids, "wait": LONG})
        poll(lambda: clients_of(app) == 21)
        assert client.get(f"{address}/v1/runs").status_code == 200
        bench.conclude(ids)
        assert [f.result().json()["status"] for f in single] == ["scored"] * 20
        assert whole.result().json()["pending"] == []


def test_score_waits_for_its_rewards(bench: Bench) -> None:
    app = bench.app()
    with served(app) as (address, _), ThreadPoolExecutor(1) as threads:
        asked = threads.submit(httpx.post, f"{address}/v1/score", json=submission("a", "b"), timeout=60)
        poll(lambda: clients_of(app) == 1)
        bench.conclude([e.id for e in bench.submit("a", "b")])
        answer = asked.result().json()
        assert (answer["rewards"], answer["pending"]) == ([-1.0, -1.0], [])


def test_stopping_gateway_answers_with_ids(bench: Bench) -> None:
    app = bench.app()
    with served(app) as (address, server), ThreadPoolExecutor(1) as threads:
        asked = threads.submit(httpx.post, f"{address}/v1/score", json=submission("a", "b"), timeout=60)
        poll(lambda: clients_of(app) == 1)
        server.should_exit = True
        answer = asked.result()
    assert answer.status_code == 200
    assert answer.json()["rewards"] == [None, None]
    assert answer.json()["pending"] == [e.id for e in bench.submit("a", "b")]


def test_client_that_leaves_is_waited_for_no_longer(bench: Bench) -> None:
    app = bench.app()
    (evaluation,) = bench.submit("a")
    with served(app) as (address, _):
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{address}/v1/evaluations/{evaluation.id}?wait={LONG}", timeout=httpx.Timeout(30, read=0.2))
        poll(lambda: clients_of(app) == 0)
    assert bench.pipeline.unfinished([evaluation.id]) == [evaluation.id]
