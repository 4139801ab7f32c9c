"""A judging that finds no room within our own limits has not failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from redis_process import redis_process
from vlm_server import VlmServer

from services.errors import JudgeBusy, JudgeError
from services.judge.control import control_shot
from services.judge.protocol import HOME, Case, Shot
from services.judge.vlm import VlmJudge
from services.judge.waiting import Waiting
from services.settings import JudgeChoice, JudgeLimits

SHOT = Shot(HOME, "/", control_shot().png + b"candidate")


@pytest.fixture
def redis_url() -> Iterator[str]:
    with redis_process() as socket:
        yield f"redis+socket://{socket}"


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(models=("scripted-vlm",)) as started:
        yield started


def judge_at(server: VlmServer, redis: str, **given: Any) -> VlmJudge:
    limits = JudgeLimits(requests_per_minute=1)
    choice = {"base_url": server.base_url, "model": "scripted-vlm", "deadline": 1.0, "limits": limits}
    return VlmJudge(JudgeChoice.model_validate({"kind": "vlm", **choice, **given}), redis)


def test_a_judging_without_room_comes_again_and_is_no_failure(server: VlmServer, redis_url: str) -> None:
    with pytest.raises(JudgeBusy, match="WEBGEN_JUDGE__LIMITS") as caught:
        judge_at(server, redis_url).judge(Case("A shop for tea", (SHOT,), samples=2))
    assert (caught.value.reason, len(server.requests)) == ("judge-busy", 1)
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 0
    assert len(caught.value.replies) == 1, "what was paid for is kept"


def test_a_server_that_is_slow_in_the_room_that_there_was_is_at_fault(server: VlmServer, redis_url: str) -> None:
    server.set("slow")
    with pytest.raises(JudgeError, match="no verdict within") as caught:
        judge_at(server, redis_url).judge(Case("A shop for tea", (SHOT,)))
    assert not isinstance(caught.value, JudgeBusy)


def test_calls_that_wait_at_the_same_time_are_counted_once() -> None:
    now = [0.0]
    waiting = Waiting(lambda: now[0])
    with waiting.counted():
        now[0] = 2.0
        with waiting.counted():
            now[0] = 3.0
        assert waiting.seconds == 3.0
        now[0] = 4.0
    now[0] = 9.0
    assert waiting.seconds == 4.0
    with waiting.counted():
        now[0] = 10.0
    assert waiting.seconds == 5.0
