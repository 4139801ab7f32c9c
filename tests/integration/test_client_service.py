"""Both clients on a gateway that listens: what the service says reaches the caller, whole and in order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from gateway_bench import Bench
from gateway_process import Worker, recorded, unfinished
from gateway_server import served
from workshop import lint

from services.contract import Evaluation, Status
from services.stages import Stage
from tests.support.stacks import wait_until
from trainer_client import AsyncRewardClient, ClientLimits, NotFound, RewardClient, Scores, Unauthorized

Caller = Callable[..., Any]
QUICK = ClientLimits(first_delay=0.05, max_delay=0.5, poll_seconds=1.0, progress_seconds=0.1)
RUN = "r"


def rollouts(count: int) -> list[dict[str, Any]]:
    return [{"instruction": "A page.", "completion": f"no site {n}", "step": 0, "sample": n} for n in range(count)]


@contextmanager
def gateway(folder: Path, **settings: Any) -> Iterator[tuple[Bench, str]]:
    bench = Bench(folder, **{"auth": False, **settings})
    with served(bench.app()) as (url, _):
        yield bench, url
    bench.close()


@pytest.fixture
def open_gateway(tmp_path: Path) -> Iterator[tuple[Bench, str]]:
    with gateway(tmp_path) as made:
        yield made


@pytest.fixture(params=["threads", "asyncio"])
def caller(request: pytest.FixtureRequest) -> Callable[[str], Caller]:
    """Calls of a method of one of the two clients by its name."""

    def in_thread(url: str) -> Caller:
        def call(method: str, *args: Any, **options: Any) -> Any:
            with RewardClient(url, limits=QUICK) as client:
                return getattr(client, method)(*args, **options)

        return call

    def in_loop(url: str) -> Caller:
        async def called(method: str, *args: Any, **options: Any) -> Any:
            async with AsyncRewardClient(url, limits=QUICK) as client:
                return await getattr(client, method)(*args, **options)

        return lambda *args, **options: asyncio.run(called(*args, **options))

    return in_thread if request.param == "threads" else in_loop


def test_ids_that_nobody_knows_are_said_and_not_waited_for(
    open_gateway: tuple[Bench, str], caller: Callable[[str], Caller]
) -> None:
    with pytest.raises(NotFound, match="no evaluation has the id nobody") as caught:
        caller(open_gateway[1])("wait", ["nobody"], deadline=600)
    assert caught.value.scores is not None


def test_a_run_that_is_cancelled_ends_the_wait_without_rewards(
    open_gateway: tuple[Bench, str], caller: Callable[[str], Caller]
) -> None:
    bench, url = open_gateway
    call = caller(url)
    with ThreadPoolExecutor(1) as threads:
        asked: Future[Scores] = threads.submit(call, "score", rollouts(4), run=RUN, deadline=300)
        wait_until(lambda: recorded(bench, RUN) == 4, "everything was accepted")
        assert call("cancel", RUN) == 4
        scores = asked.result()
    assert scores.complete
    assert scores.rewards == [None] * 4
    assert {e.status for e in scores if e} == {Status.CANCELLED}


def test_results_are_given_as_they_end(open_gateway: tuple[Bench, str]) -> None:
    """Each is ended only after the one before it was given: nothing waits for the last."""
    bench, url = open_gateway
    with RewardClient(url, limits=QUICK) as client:
        sent = client.submit(rollouts(5), run=RUN)
        found = client.iter_results(sent, deadline=300)
        for place in (3, 0, 4, 2, 1):
            bench.conclude([sent[place].id])
            ended = next(found)
            assert (ended.id, ended.reward) == (sent[place].id, -1.0)
        assert next(found, None) is None


def test_results_are_given_as_they_end_to_asyncio(open_gateway: tuple[Bench, str]) -> None:
    bench, url = open_gateway

    async def follow() -> list[int | None]:
        async with AsyncRewardClient(url, limits=QUICK) as client:
            found = client.iter_results(rollouts(3), run=RUN, deadline=300)
            first = asyncio.ensure_future(anext(found))
            await asyncio.to_thread(wait_until, lambda: recorded(bench, RUN) == 3, "everything was accepted")
            ids = unfinished(bench)
            await asyncio.to_thread(bench.conclude, [ids[2]])
            given = [(await first).sample]
            await asyncio.to_thread(bench.conclude, ids[:2])
            return given + sorted([e.sample async for e in found], key=str)

    assert asyncio.run(follow()) == [2, 0, 1]


def test_evaluations_are_given_once(open_gateway: tuple[Bench, str]) -> None:
    bench, url = open_gateway
    with RewardClient(url, limits=QUICK) as client, Worker(bench) as worker:
        worker.may_work.set()
        done: list[Evaluation] = list(client.iter_results(rollouts(6), run=RUN, deadline=300))
        assert sorted(e.sample or 0 for e in done) == list(range(6))
        assert [e.id for e in client.iter_results([*done, done[0].id], deadline=60)] == [e.id for e in done]


def test_at_the_deadline_the_results_that_there_are_were_given(open_gateway: tuple[Bench, str]) -> None:
    bench, url = open_gateway
    with RewardClient(url, limits=QUICK) as client:
        sent = client.submit(rollouts(3), run=RUN)
        bench.conclude([sent[1].id])
        assert [e.id for e in client.iter_results(sent, deadline=0.5)] == [sent[1].id]


def test_a_service_that_takes_small_requests_is_sent_small_ones(
    tmp_path: Path, caller: Callable[[str], Caller]
) -> None:
    with gateway(tmp_path, max_batch=7, max_body_bytes=1_000) as (bench, url), Worker(bench) as worker:
        worker.may_work.set()
        scores = caller(url)("score", rollouts(20), run=RUN, deadline=300)
    assert [e.sample for e in scores] == list(range(20))
    assert scores.complete


def test_a_key_that_is_not_known_is_said_at_once(tmp_path: Path, caller: Callable[[str], Caller]) -> None:
    with gateway(tmp_path, auth=True) as (_, url), pytest.raises(Unauthorized):
        caller(url)("score", rollouts(1), run=RUN, deadline=600)


def test_prompts_and_profiles_come_from_the_service(
    open_gateway: tuple[Bench, str], caller: Callable[[str], Caller]
) -> None:
    call = caller(open_gateway[1])
    assert "webArtifact" in json.dumps(call("scaffold"))
    assert {"cascade", "webgen-r1"} <= {found["profile"]["name"] for found in call("profiles")}


def test_a_brief_answer_has_the_reports_of_what_has_ended(open_gateway: tuple[Bench, str]) -> None:
    bench, url = open_gateway

    with RewardClient(url, limits=QUICK) as client:
        ended, under_way = client.submit(rollouts(2), run=RUN)
        bench.conclude([ended.id])
        bench.work(Stage.LINT, under_way.id, lint)
        assert len(client.get(under_way.id).reports) == 1
        first, second = client.wait([ended.id, under_way.id], deadline=0)
    assert first is not None
    assert second is not None
    assert (len(first.reports), first.status) == (1, Status.SCORED)
    assert (second.reports, second.status.ended) == ([], False)
