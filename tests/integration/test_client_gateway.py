"""Both clients on a real gateway process: killed, restarted, full, without its records."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from signal import SIGKILL, SIGTERM, Signals
from typing import Any
from uuid import uuid4

import pytest
from gateway_bench import Bench
from gateway_process import GatewayProcess, Worker, gateway_process, lose, recorded, unfinished

from tests.support.stacks import wait_until
from trainer_client import AsyncRewardClient, ClientLimits, RewardClient, Scores

pytestmark = [pytest.mark.timeout(900)]

Caller = Callable[..., Any]
QUICK = ClientLimits(first_delay=0.05, max_delay=0.5, poll_seconds=1.0, progress_seconds=0.2)
MEBIBYTE = 1_048_576


def rollouts(run: str, count: int) -> list[dict[str, Any]]:
    """With completions that no other run has: what was found of equal ones would be taken over."""
    text = f"no site in {run}"
    return [{"instruction": "A page.", "completion": f"{text}, {n}", "step": 0, "sample": n} for n in range(count)]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bench, GatewayProcess]]:
    with gateway_process(tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture
def gateway(started: tuple[Bench, GatewayProcess]) -> tuple[Bench, GatewayProcess]:
    started[1].start()
    return started


@pytest.fixture
def run() -> str:
    return f"run-{uuid4().hex}"


@pytest.fixture(params=["threads", "asyncio"])
def call(request: pytest.FixtureRequest, started: tuple[Bench, GatewayProcess]) -> Caller:
    """Calls a method of one of the two clients by its name."""
    url = started[1].url

    def in_thread(method: str, *args: Any, **options: Any) -> Any:
        with RewardClient(url, limits=QUICK) as client:
            return getattr(client, method)(*args, **options)

    async def in_loop(method: str, *args: Any, **options: Any) -> Any:
        async with AsyncRewardClient(url, limits=QUICK) as client:
            return await getattr(client, method)(*args, **options)

    return in_thread if request.param == "threads" else lambda *args, **options: asyncio.run(in_loop(*args, **options))


def samples(scores: Scores) -> list[int | None]:
    return [evaluation and evaluation.sample for evaluation in scores]


@pytest.mark.parametrize("signal", [SIGKILL, SIGTERM])
def test_a_gateway_that_is_restarted_while_it_is_waited_for(
    gateway: tuple[Bench, GatewayProcess], call: Caller, run: str, signal: Signals
) -> None:
    bench, process = gateway
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(call, "score", rollouts(run, 20), run=run, deadline=600)
        wait_until(lambda: recorded(bench, run) == 20, "everything was accepted")
        process.kill(signal)
        bench.conclude(unfinished(bench, run))
        process.start()
        scores = asked.result()
    assert samples(scores) == list(range(20))
    assert scores.rewards == [-1.0] * 20
    assert recorded(bench, run) == 20


def test_a_gateway_that_is_killed_while_it_is_sent_to(
    gateway: tuple[Bench, GatewayProcess], call: Caller, run: str
) -> None:
    bench, process = gateway
    process.kill()
    process.start(max_queued=8)
    with Worker(bench) as worker, ThreadPoolExecutor(1) as threads:
        asked = threads.submit(call, "score", rollouts(run, 20), run=run, deadline=600)
        wait_until(lambda: recorded(bench, run) >= 5, "a part was accepted")
        process.kill()
        worker.may_work.set()
        process.start()
        scores = asked.result()
    assert samples(scores) == list(range(20))
    assert scores.rewards == [-1.0] * 20
    assert recorded(bench, run) == 20


def test_a_gateway_that_stays_away_costs_the_deadline_and_what_it_did_is_had_later(
    gateway: tuple[Bench, GatewayProcess], call: Caller, run: str
) -> None:
    bench, process = gateway
    sent = [{**rollout, "id": f"r{n}"} for n, rollout in enumerate(rollouts(run, 10))]
    bench.conclude([evaluation.id for evaluation in call("submit", sent[:3], run=run)])

    def watch(evaluations: Any) -> None:
        if all(e is not None for e in evaluations):
            process.kill()

    scores = call("score", sent, run=run, deadline=10, progress=watch)
    assert [reward is None for reward in scores.rewards] == [False] * 3 + [True] * 7
    assert len(scores.pending) == 7
    assert "Connect" in (scores.fault or "")
    bench.conclude(unfinished(bench, run))
    process.start()
    assert call("wait", scores, deadline=300).rewards == [-1.0] * 10


def test_what_was_never_accepted_is_sent_when_it_is_waited_for(
    gateway: tuple[Bench, GatewayProcess], call: Caller, run: str
) -> None:
    bench, process = gateway
    process.kill()
    scores = call("score", rollouts(run, 10), run=run, deadline=1)
    assert scores.rewards == [None] * 10
    assert not scores.complete
    process.start()
    with Worker(bench) as worker:
        worker.may_work.set()
        again = call("wait", scores, deadline=300)
    assert again.rollout_ids == scores.rollout_ids
    assert samples(again) == list(range(10))
    assert again.complete


def test_a_service_that_lost_its_records_is_sent_everything_again(
    gateway: tuple[Bench, GatewayProcess], call: Caller, run: str
) -> None:
    bench, _ = gateway
    with Worker(bench) as worker:

        def watch(evaluations: Any) -> None:
            if not worker.may_work.is_set() and None not in evaluations:
                lose(bench, run)
                worker.may_work.set()

        scores = call("score", rollouts(run, 10), run=run, deadline=600, progress=watch)
    assert samples(scores) == list(range(10))
    assert scores.complete


LARGE = """
import asyncio, json, sys, tracemalloc
from trainer_client import AsyncRewardClient

async def main(url):
    sent = [{"instruction": "A page.", "completion": f"{n} " + 32_000 * "x", "sample": n} for n in range(512)]
    seen = []
    async with AsyncRewardClient(url) as client:
        await client.score(sent[:1], run="warm")
        tracemalloc.start()
        scores = await client.score(
            sent, run="large", progress=lambda found: seen.append(sum(e is not None and e.status.ended for e in found))
        )
        kept, peak = tracemalloc.get_traced_memory()
    told = {"samples": [e.sample for e in scores], "rewards": scores.rewards, "seen": seen, "passing": peak - kept}
    print(json.dumps(told))

asyncio.run(main(sys.argv[1]))
"""
"""The largest call, in a process of its own, so that its memory is its own too."""


def test_many_large_rollouts_through_a_small_queue(gateway: tuple[Bench, GatewayProcess]) -> None:
    bench, process = gateway
    process.kill()
    process.start(max_queued=64)
    with Worker(bench) as worker:
        before = process.peak_bytes()
        worker.may_work.set()
        command = [sys.executable, "-c", LARGE, process.url]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=800).stdout)
        grown = process.peak_bytes() - before
    assert told["samples"] == list(range(512))
    assert told["rewards"] == [-1.0] * 512
    assert told["seen"] == sorted(told["seen"])
    assert len(set(told["seen"])) > 8, "progress is shown while rollouts are still to be sent"
    assert told["passing"] < 12 * MEBIBYTE, "beside the results there was never as much as the rollouts' 16 MB"
    assert grown < 64 * MEBIBYTE, "nor in the gateway"
