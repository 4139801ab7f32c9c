"""Clients that wait: one reader for all, and every way that a wait ends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from gateway_bench import Bench

from reward_api.waiting import Waiting
from services.errors import RecordError

LONG = 60.0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


async def still_there() -> bool:
    return False


async def gone() -> bool:
    return True


async def until(waiting: Waiting, clients: int) -> None:
    while waiting.clients != clients:
        await asyncio.sleep(0)


def test_ended_evaluations_are_not_waited_for(bench: Bench) -> None:
    ids = [e.id for e in bench.submit("a", "b")]
    bench.conclude(ids)
    waiting = Waiting(bench.pipeline.unfinished, bench.notifications)
    asyncio.run(asyncio.wait_for(waiting.until_ended(ids, LONG, still_there), 10))


def test_a_hint_ends_everyones_wait_with_one_reading(bench: Bench) -> None:
    ids = [e.id for e in bench.submit(*(f"r{i}" for i in range(50)))]
    reads: list[Sequence[str]] = []

    def unfinished(wanted: Sequence[str]) -> list[str]:
        reads.append(wanted)
        return bench.pipeline.unfinished(wanted)

    async def scenario() -> None:
        waiting = Waiting(unfinished, bench.notifications, reread=LONG)
        clients = [asyncio.create_task(waiting.until_ended([i], LONG, still_there)) for i in ids]
        await until(waiting, 50)
        while len(reads) < 50:
            await asyncio.sleep(0.01)
        bench.conclude(ids)
        bench.notifications.wake()
        await asyncio.wait_for(asyncio.gather(*clients), 20)
        assert waiting.clients == 0

    asyncio.run(scenario())
    assert len(reads) == 51  # each client's own at its start, and one after the hint


def test_without_hints_the_record_is_read_again(bench: Bench) -> None:
    ids = [e.id for e in bench.submit("a")]

    async def scenario() -> None:
        waiting = Waiting(bench.pipeline.unfinished, bench.notifications, reread=0.01)
        client = asyncio.create_task(waiting.until_ended(ids, LONG, still_there))
        await until(waiting, 1)
        bench.conclude(ids)
        await asyncio.wait_for(client, 20)

    asyncio.run(scenario())


def test_a_failed_reading_is_waited_out(bench: Bench) -> None:
    ids = [e.id for e in bench.submit("a")]
    calls = 0

    def unfinished(wanted: Sequence[str]) -> list[str]:
        nonlocal calls
        calls += 1
        if calls == 2:
            bench.conclude(ids)
            raise RecordError("away for a moment")
        return bench.pipeline.unfinished(wanted)

    waiting = Waiting(unfinished, bench.notifications, reread=0.01)
    asyncio.run(asyncio.wait_for(waiting.until_ended(ids, LONG, still_there), 20))
    assert calls == 3


def test_time_over_ends_the_wait(bench: Bench) -> None:
    ids = [e.id for e in bench.submit("a")]
    waiting = Waiting(bench.pipeline.unfinished, bench.notifications)
    asyncio.run(asyncio.wait_for(waiting.until_ended(ids, 0.05, still_there), 10))
    assert bench.pipeline.unfinished(ids) == ids


def test_a_client_that_left_ends_its_own_wait_only(bench: Bench) -> None:
    ids = [e.id for e in bench.submit("a", "b")]

    async def scenario() -> None:
        waiting = Waiting(bench.pipeline.unfinished, bench.notifications)
        stays = asyncio.create_task(waiting.until_ended(ids, LONG, still_there))
        await until(waiting, 1)
        await asyncio.wait_for(waiting.until_ended(ids, LONG, gone), 20)
        assert waiting.clients == 1
        waiting.stop()
        await stays

    asyncio.run(scenario())


def test_a_stopping_gateway_lets_everyone_go(bench: Bench) -> None:
    ids = [e.id for e in bench.submit("a")]

    async def scenario() -> None:
        waiting = Waiting(bench.pipeline.unfinished, bench.notifications)
        clients = [asyncio.create_task(waiting.until_ended(ids, LONG, still_there)) for _ in range(3)]
        await until(waiting, 3)
        waiting.stop()
        await asyncio.wait_for(asyncio.gather(*clients), 10)
        await asyncio.wait_for(waiting.until_ended(ids, LONG, still_there), 10)

    asyncio.run(scenario())
