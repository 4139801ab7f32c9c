"""Limits that judge processes share, over a real Redis."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis_process import redis_process

from services.errors import BrokerError, JudgeDown, JudgeError
from services.judge.limits import Limits, SharedLimits, Unlimited, make_limits
from services.judge.limits.scripts import Answer, Connection, Scripts, shared_name
from services.settings import JudgeLimits

pytestmark = pytest.mark.quiet

KEY = "sk-a-very-secret-key-7351"
PATIENCE = 30.0
CLOCKS = 0.001
"""Seconds by which this process reads its clock differently from Redis."""


@pytest.fixture(scope="module")
def redis_socket() -> Iterator[Path]:
    with redis_process() as socket:
        yield socket


@pytest.fixture
def url(redis_socket: Path) -> str:
    with redis.Redis(unix_socket_path=str(redis_socket)) as client:
        client.flushall()
    return f"redis+socket://{redis_socket}"


def limits(url: str, name: str = "server", lease: float = 30.0, **settings: Any) -> SharedLimits:
    return SharedLimits(Scripts(url, name, JudgeLimits(**settings), lease))


def within(work: Coroutine[Any, Any, Any]) -> Any:
    async def bounded() -> Any:
        async with asyncio.timeout(PATIENCE):
            return await work

    return asyncio.run(bounded())


async def fail(given: Limits) -> None:
    async with given.call(1) as permit:
        permit.failed()


async def succeed(given: Limits, tokens: int = 1) -> None:
    async with given.call(tokens) as permit:
        permit.used(tokens)


async def has_room(given: Limits, tokens: int = 1, patience: float = 0.4) -> bool:
    try:
        async with asyncio.timeout(patience), given.call(tokens):
            return True
    except TimeoutError:
        return False


def most_in_a_window(times: list[float], window: float) -> int:
    ordered = sorted(times)
    return max(sum(start <= at < start + window - CLOCKS for at in ordered) for start in ordered)


def test_two_processes_together_hold_no_more_calls_than_allowed(url: str) -> None:
    under_way, most = 0, 0

    async def call(given: Limits) -> None:
        nonlocal under_way, most
        async with given.call(1):
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.01)
            under_way -= 1

    async def all_of_them() -> None:
        pair = [limits(url, concurrency=3), limits(url, concurrency=3)]
        await asyncio.gather(*(call(pair[n % 2]) for n in range(20)))

    within(all_of_them())
    assert most == 3


def test_no_window_holds_more_requests_than_allowed(url: str) -> None:
    arrivals: list[float] = []

    async def call(given: Limits, number: int) -> None:
        async with given.call(1):
            # A request takes its time to the server, each another.
            await asyncio.sleep(0.02 * (number % 4))
            arrivals.append(time.monotonic())

    async def all_of_them() -> None:
        pair = [limits(url, requests_per_minute=5, window=0.4) for _ in range(2)]
        await asyncio.gather(*(call(pair[n % 2], n) for n in range(22)))

    within(all_of_them())
    assert len(arrivals) == 22
    assert most_in_a_window(arrivals, 0.4) == 5


def test_no_window_holds_more_tokens_than_allowed(url: str) -> None:
    arrivals: list[float] = []

    async def call(given: Limits) -> None:
        async with given.call(30) as permit:
            arrivals.append(time.monotonic())
            permit.used(30)

    async def all_of_them() -> None:
        given = limits(url, tokens_per_minute=100, window=0.4)
        await asyncio.gather(*(call(given) for _ in range(10)))

    within(all_of_them())
    assert most_in_a_window(arrivals, 0.4) == 3


def test_tokens_that_were_not_used_are_given_back_and_more_than_estimated_are_taken(url: str) -> None:
    async def calls() -> None:
        given = limits(url, tokens_per_minute=100)
        async with given.call(100) as permit:
            assert not await has_room(given, 20)
            permit.used(10)
        async with given.call(20) as permit:
            permit.used(80)
        assert await has_room(given, 10)
        assert not await has_room(given, 20)

    within(calls())


def test_a_call_that_alone_is_too_large_is_refused_with_the_setting_to_change(url: str) -> None:
    with pytest.raises(JudgeError, match="TOKENS_PER_MINUTE"):
        within(succeed(limits(url, tokens_per_minute=100), 101))


HOLDER = """
import asyncio, sys
from services.judge.limits.scripts import Scripts
from services.judge.limits.shared import SharedLimits
from services.settings import JudgeLimits

async def hold():
    limits = SharedLimits(Scripts(sys.argv[1], "server", JudgeLimits(concurrency=1), 0.5))
    async with limits.call(1):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(hold())
"""


def test_a_living_process_keeps_its_call_beyond_the_lease_and_a_killed_one_gives_it_back(url: str) -> None:
    given = limits(url, lease=0.5, concurrency=1)
    with subprocess.Popen([sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"held\n"
            assert not within(has_room(given, patience=1.5))
        finally:
            holder.kill()
    within(succeed(given))


def test_whoever_stops_waiting_or_fails_leaves_nothing_behind(url: str) -> None:
    async def calls() -> None:
        given = limits(url, concurrency=1)
        with pytest.raises(ZeroDivisionError):
            await _break(given)
        assert await has_room(given)
        cancelled = [asyncio.create_task(succeed(given)) for _ in range(50)]
        for task in cancelled:
            await asyncio.sleep(0.001)
            task.cancel()
        await asyncio.gather(*cancelled, return_exceptions=True)
        assert await has_room(given)

    within(calls())


def test_a_grant_whose_answer_nobody_awaits_any_more_is_taken_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    granted, enter = asyncio.Event(), Connection.enter

    async def answered_late(self: Connection, call: str, tokens: int) -> tuple[Answer, float | None]:
        await enter(self, call, tokens)
        granted.set()
        return await asyncio.Event().wait()  # type: ignore[return-value]

    async def calls() -> None:
        given = limits(url, concurrency=1)
        with monkeypatch.context() as slow:
            slow.setattr(Connection, "enter", answered_late)
            waiting = asyncio.create_task(succeed(given))
            await granted.wait()
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        assert await has_room(given)

    within(calls())


async def _break(given: Limits) -> None:
    async with given.call(1):
        assert not await has_room(given)
        raise ZeroDivisionError


def test_an_open_circuit_lets_nobody_through_and_then_one(url: str) -> None:
    async def calls() -> None:
        given, other = (limits(url, breaker_failures=3, breaker_pause=0.3) for _ in range(2))
        await fail(given)
        await succeed(given)
        for _ in range(3):
            await fail(given)
        with pytest.raises(JudgeDown) as caught:
            await succeed(other)
        assert caught.value.reason == "judge-down"
        assert caught.value.retry_after is not None
        await asyncio.sleep(caught.value.retry_after)
        async with given.call(1) as probe:
            assert not await has_room(other)
            probe.used(1)
        assert await has_room(other)
        await fail(given)
        assert await has_room(other), "a closed circuit counts anew"

    within(calls())


def test_a_probe_that_fails_opens_the_circuit_for_longer(url: str) -> None:
    async def open_for(given: Limits) -> float:
        with pytest.raises(JudgeDown) as caught:
            await succeed(given)
        assert caught.value.retry_after is not None
        return caught.value.retry_after

    async def calls() -> None:
        given = limits(url, breaker_failures=1, breaker_pause=0.2, breaker_longest=0.3)
        await fail(given)
        first = await open_for(given)
        assert first <= 0.2 * 1.2
        await asyncio.sleep(first)
        waiting = asyncio.create_task(_probe_that_waits(given))
        await waiting
        assert 0 < await open_for(given) <= 0.3 * 1.2

    within(calls())


async def _probe_that_waits(given: Limits) -> None:
    """Fail as the probe, while another call waits for what becomes of it."""
    async with given.call(1) as probe:
        other = asyncio.create_task(succeed(given))
        assert not await has_room(given, patience=0.2)
        probe.failed()
    with pytest.raises(JudgeDown):
        await other


def test_a_probe_of_a_process_that_died_is_followed_by_another(url: str) -> None:
    async def calls() -> None:
        given = limits(url, lease=0.3, breaker_failures=1, breaker_pause=0.1)
        await fail(given)
        await asyncio.sleep(0.1)
        async with given._scripts.connected() as raw:
            await raw.enter("of-a-dead-process", 1)
        assert not await has_room(given, patience=0.1)
        await succeed(given)

    within(calls())


def test_a_share_of_failures_opens_the_circuit(url: str) -> None:
    async def calls() -> None:
        given = limits(url, breaker_failures=None, breaker_share=0.5, breaker_calls=6)
        for _ in range(3):
            await succeed(given)
        for _ in range(3):
            assert await has_room(given)
            await fail(given)
        with pytest.raises(JudgeDown):
            await succeed(given)

    within(calls())


def test_what_says_nothing_of_the_server_moves_no_circuit(url: str) -> None:
    async def calls() -> None:
        given = limits(url, breaker_failures=2)
        await fail(given)
        for _ in range(5):
            assert await has_room(given)
        await fail(given)
        with pytest.raises(JudgeDown):
            await succeed(given)

    within(calls())


def test_without_redis_no_call_is_made(tmp_path: Path) -> None:
    with pytest.raises(BrokerError):
        within(succeed(limits(f"redis+socket://{tmp_path}/nobody.sock", concurrency=1)))


def test_servers_and_accounts_do_not_share_and_no_key_is_in_redis(url: str, redis_socket: Path) -> None:
    settings = JudgeLimits(concurrency=1)
    first = make_limits(settings, url, "https://one.example/v1", KEY)
    same = make_limits(settings, url, "https://one.example/v1/", KEY)
    others = [
        make_limits(settings, url, "https://two.example/v1", KEY),
        make_limits(settings, url, "https://one.example/v1", "sk-another"),
    ]

    async def calls() -> list[bool]:
        async with first.call(1):
            return [await has_room(each) for each in (same, *others)]

    assert within(calls()) == [False, True, True]
    with redis.Redis(unix_socket_path=str(redis_socket), decode_responses=True) as client:
        names = client.keys("*")
        assert names
        assert all(client.pttl(name) > 0 for name in names), "nothing stays for ever"
        assert KEY not in "".join(names) + str([client.dump(name) for name in names])
    assert KEY not in shared_name("https://one.example/v1", KEY)


def test_nothing_to_limit_needs_no_redis() -> None:
    free = JudgeLimits(breaker_failures=None, breaker_share=None)
    given = make_limits(free, "redis+socket:///nowhere", "https://one.example/v1", None)
    assert isinstance(given, Unlimited)
    within(succeed(given))
