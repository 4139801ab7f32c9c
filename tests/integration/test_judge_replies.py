"""What a judge replied can be read, also where it came to no verdict. On both databases."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from services.contract import Evaluation, Status
from services.errors import NotFound
from services.judge.factory import make_judge
from services.judge.worker import REPLY, make_judge_stage
from services.pipeline.work import StageJob, StageResult
from services.settings import JudgeChoice
from services.stages import POLICIES, Stage
from tests.support.vlm_server import VlmServer
from tests.support.workshop import DEFAULTS, Workshop, rollout

ONE_TRY = 3 * 2 + 1
"""Calls of a try in vain: each sample asked twice, and a control."""

TEXT = "Overall I would give this website 5 out of 5."


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(database_url, tmp_path / "room")
    yield workshop
    workshop.records.close()


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer() as started:
        yield started


def render(job: StageJob) -> StageResult:
    buffer = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(buffer, "PNG")
    return replace(DEFAULTS[Stage.RENDER](job), artifacts={"home.png": job.keep(buffer.getvalue(), "image/png")})


def judged(shop: Workshop, server: VlmServer) -> Evaluation:
    choice = JudgeChoice(kind="vlm", base_url=server.base_url, model="eye-7b", retries=0)
    stage = make_judge_stage(make_judge(choice))
    shop.scripts |= {
        Stage.RENDER: render,
        Stage.JUDGE: lambda job: stage(replace(job, versions={"judge": make_judge(choice).version})),
    }
    (queued,) = shop.submit(rollout())
    for _ in range(POLICIES[Stage.JUDGE].retry.tries):
        shop.drain()
        shop.sweep()
    shop.drain()
    return shop.get(queued)


def replies(shop: Workshop, evaluation: Evaluation) -> list[str]:
    _, content = shop.pipeline.artifact(evaluation.id, REPLY)
    found: list[str] = json.loads(content)["replies"]
    return found


def test_an_unscored_evaluation_keeps_what_its_judge_replied(shop: Workshop, server: VlmServer) -> None:
    server.set("invalid-json")
    ended = judged(shop, server)
    assert (ended.status, ended.unscored_reason, ended.reward) == (Status.UNSCORED, "judge", None)
    assert ended.reports[-1].stage is Stage.RENDER
    assert set(replies(shop, ended)) == {TEXT}


def test_a_verdict_that_came_at_last_has_its_own_replies(shop: Workshop, server: VlmServer) -> None:
    server.set("invalid-json")
    server.requests = _Heals(server, after=ONE_TRY)
    ended = judged(shop, server)
    assert len(server.requests) > ONE_TRY
    assert ended.status is Status.SCORED
    assert all(json.loads(reply)["nonce"] for reply in replies(shop, ended))


class _Heals(list):  # type: ignore[type-arg]
    """A request log that mends the server when it is so long."""

    def __init__(self, server: VlmServer, after: int) -> None:
        self._server, self._after = server, after

    def append(self, request: object) -> None:
        super().append(request)
        if len(self) >= self._after:
            self._server.set("normal")


def test_where_nothing_was_replied_nothing_is_kept(shop: Workshop, server: VlmServer) -> None:
    server.set("down")
    ended = judged(shop, server)
    assert ended.status is Status.UNSCORED
    with pytest.raises(NotFound):
        replies(shop, ended)
