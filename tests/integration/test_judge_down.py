"""A judge whose circuit is open: evaluations wait for it, for minutes and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contract import Status
from services.errors import JudgeDown
from services.pipeline.work import StageJob, StageResult
from services.stages import POLICIES, Stage
from tests.support.workshop import FINISHED, Workshop, rollout

PAUSE = 20.0
PATIENCE = POLICIES[Stage.JUDGE].retry.patience


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(database_url, tmp_path / "room")
    yield workshop
    workshop.records.close()


def down(job: StageJob) -> StageResult:
    raise JudgeDown("the circuit is open", PAUSE)


def spend(shop: Workshop, seconds: float) -> None:
    """Let time pass in steps of the pause, delivering what is due."""
    for _ in range(int(seconds / PAUSE)):
        shop.drain()
        shop.sweep(PAUSE)
    shop.drain()


def test_an_outage_shorter_than_the_patience_costs_no_evaluation(shop: Workshop) -> None:
    shop.scripts[Stage.JUDGE] = down
    (queued,) = shop.submit(rollout())
    spend(shop, PATIENCE - 2 * PAUSE)
    assert shop.get(queued).status is Status.QUEUED
    asked = shop.worked[Stage.JUDGE]
    assert 3 < asked <= PATIENCE / PAUSE, "asked again after each pause, and no sooner"
    del shop.scripts[Stage.JUDGE]
    spend(shop, PAUSE)
    assert shop.get(queued).reward == FINISHED


def test_an_outage_beyond_the_patience_ends_unscored_with_a_reason_of_its_own(shop: Workshop) -> None:
    shop.scripts[Stage.JUDGE] = down
    (queued,) = shop.submit(rollout())
    spend(shop, PATIENCE + 2 * PAUSE)
    ended = shop.get(queued)
    assert (ended.status, ended.reward, ended.unscored_reason) == (Status.UNSCORED, None, "judge-down")
