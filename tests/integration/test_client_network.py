"""Both clients, a real gateway, and something between them that spoils answers in every way."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import faulty_proxy as spoils
import pytest
from faulty_proxy import FaultyProxy, Spoil, faulty_proxy
from gateway_bench import Bench
from gateway_process import Worker, recorded
from gateway_server import served

from trainer_client import AsyncRewardClient, BadAnswer, ClientLimits, NotFound, RewardClient, Scores, TooLarge

Caller = Callable[..., Any]
QUICK = ClientLimits(
    chunk_rollouts=4,
    query_ids=4,
    answer_seconds=2.0,
    first_delay=0.02,
    max_delay=0.1,
    poll_seconds=0.5,
    progress_seconds=0.2,
)
EVERY: dict[str, Spoil] = {
    "reset": spoils.reset,
    "hang-up": spoils.hang_up,
    "cut": spoils.cut,
    "silent": spoils.silent,
    "drip": spoils.drip,
    "babble": spoils.babble,
    "page": spoils.instead(200),
    "empty": spoils.instead(200, b""),
    "other-json": spoils.instead(200, b'{"evaluations": []}'),
    "deep-json": spoils.instead(200, b"[" * 100_000),
    "moved": spoils.instead(302),
    "no-key": spoils.instead(401),
    "not-found": spoils.instead(404),
    "no-method": spoils.instead(405),
    "too-many": spoils.instead(429),
    "defect": spoils.instead(500),
    "bad-gateway": spoils.instead(502),
    "teapot": spoils.instead(418, b"\xff\xfe\x00"),
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("gateway"), auth=False)
    with Worker(bench) as worker:
        worker.may_work.set()
        yield bench
    bench.close()


@pytest.fixture(scope="module")
def address(bench: Bench) -> Iterator[str]:
    with served(bench.app()) as (url, _):
        yield url


@pytest.fixture
def proxy(address: str) -> Iterator[FaultyProxy]:
    with faulty_proxy(address) as proxy:
        yield proxy


@pytest.fixture(params=["threads", "asyncio"])
def call(request: pytest.FixtureRequest, proxy: FaultyProxy) -> Caller:
    """Calls a method of one of the two clients by its name; the client has met the service before."""

    def in_thread(method: str, *args: Any, met: bool = True, **options: Any) -> Any:
        with RewardClient(proxy.url, limits=QUICK) as client:
            if met:
                client.profiles()
            return getattr(client, method)(*args, **options)

    async def in_loop(method: str, *args: Any, met: bool = True, **options: Any) -> Any:
        async with AsyncRewardClient(proxy.url, limits=QUICK) as client:
            if met:
                await client.profiles()
            return await getattr(client, method)(*args, **options)

    return in_thread if request.param == "threads" else lambda *args, **options: asyncio.run(in_loop(*args, **options))


@pytest.fixture
def run() -> str:
    return f"run-{uuid4().hex}"


def rollouts(run: str, count: int) -> list[dict[str, Any]]:
    """With completions that no other run has: what was found of equal ones would be taken over."""
    text = f"no site in {run}"
    return [{"instruction": "A page.", "completion": f"{text}, {n}", "step": 0, "sample": n} for n in range(count)]


def samples(scores: Scores) -> list[int | None]:
    return [evaluation and evaluation.sample for evaluation in scores]


@pytest.mark.parametrize("name", EVERY)
def test_every_answer_may_be_spoilt_once(call: Caller, proxy: FaultyProxy, run: str, bench: Bench, name: str) -> None:
    proxy.spoils.extend([spoils.honest, EVERY[name], spoils.honest, EVERY[name], EVERY[name]])
    scores = call("score", rollouts(run, 9), run=run, deadline=300)
    assert samples(scores) == list(range(9))
    assert scores.rewards == [-1.0] * 9
    assert (scores.complete, scores.fault) == (True, None)
    assert recorded(bench, run) == 9


@pytest.mark.parametrize("seed", range(3))
def test_most_answers_may_be_spoilt_anyhow(call: Caller, proxy: FaultyProxy, run: str, bench: Bench, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the same troubles in every run
    fast = [name for name in EVERY if name not in ("silent", "drip")]
    proxy.spoils.append(spoils.honest)
    proxy.spoils.extend(EVERY[chance.choice(fast)] if chance.random() < 0.7 else spoils.honest for _ in range(60))
    scores = call("score", rollouts(run, 15), run=run, deadline=300)
    assert samples(scores) == list(range(15))
    assert scores.rewards == [-1.0] * 15
    assert recorded(bench, run) == 15


@pytest.mark.parametrize("name", ["silent", "drip", "reset", "page", "not-found", "defect"])
def test_a_service_that_never_answers_well_costs_the_deadline(
    call: Caller, proxy: FaultyProxy, run: str, name: str
) -> None:
    proxy.spoils.append(spoils.honest)
    proxy.otherwise = EVERY[name]
    scores = call("score", rollouts(run, 5), run=run, deadline=1.5)
    assert scores.rewards == [None] * 5
    assert scores.fault
    proxy.otherwise = spoils.honest
    assert samples(call("wait", scores, deadline=300)) == list(range(5))


@pytest.mark.parametrize(("name", "kind"), [("page", BadAnswer), ("not-found", NotFound)])
def test_an_address_that_never_answered_as_the_service_would_is_said_at_once(
    call: Caller, proxy: FaultyProxy, run: str, name: str, kind: type[Exception]
) -> None:
    proxy.otherwise = EVERY[name]
    with pytest.raises(kind):
        call("score", rollouts(run, 5), run=run, deadline=600, met=False)
    assert len(proxy.seen) == 1


def test_one_rollout_that_the_service_breaks_at_costs_no_other(call: Caller, proxy: FaultyProxy, run: str) -> None:
    def breaks(passage: spoils.Passage) -> None:
        poisoned = b'"sample":3' in passage.answered.content and passage.command == "POST"
        spoils.instead(500)(passage) if poisoned else spoils.honest(passage)

    proxy.otherwise = breaks
    scores = call("score", rollouts(run, 9), run=run, deadline=20)
    assert [place for place, reward in enumerate(scores.rewards) if reward is None] == [3]
    assert "500" in (scores.fault or "")


def test_one_rollout_that_never_fits_is_said_with_what_is_known(call: Caller, proxy: FaultyProxy, run: str) -> None:
    def small(passage: spoils.Passage) -> None:
        large = b'"sample":3' in passage.answered.content
        spoils.instead(413)(passage) if large else spoils.honest(passage)

    proxy.otherwise = small
    with pytest.raises(TooLarge) as caught:
        call("score", rollouts(run, 4), run=run, deadline=300)
    known = caught.value.scores
    assert known is not None
    assert samples(known) == [0, 1, 2, None]


def test_evaluations_of_others_are_never_taken_for_ones_own(call: Caller, proxy: FaultyProxy, run: str) -> None:
    """A proxy that answers with what it answered somebody else: a wrong reward is worse than none."""
    kept: list[bytes] = []

    def mixed_up(passage: spoils.Passage) -> None:
        if passage.path != "/v1/evaluations":
            spoils.honest(passage)
            return
        kept.append(passage.answered.content)
        passage.hand_on(content=kept[-2] if len(kept) == 2 else None)

    proxy.otherwise = mixed_up
    scores = call("score", rollouts(run, 8), run=run, deadline=300)
    assert len(kept) > 2
    assert samples(scores) == list(range(8))
    assert [e and e.rollout_id for e in scores] == scores.rollout_ids
