"""A judge whose circuit is open: evaluations wait for it, for minutes and not for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contract import Status
from services.errors import JudgeBusy, JudgeDown, JudgeError
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


def test_an_outage_after_a_try_has_a_patience_of_its_own(shop: Workshop) -> None:
    def broken(job: StageJob) -> StageResult:
        raise JudgeError("the judge's server answered 500")

    (queued,) = shop.submit(rollout())
    for what in (down, broken, down):
        shop.scripts[Stage.JUDGE] = what
        spend(shop, 2 * PAUSE if what is broken else PATIENCE - 3 * PAUSE)
    assert shop.get(queued).status is Status.QUEUED


def test_whoever_waits_for_our_own_limits_outlasts_any_outage(shop: Workshop) -> None:
    def busy(job: StageJob) -> StageResult:
        raise JudgeBusy("no room", PAUSE)

    shop.scripts[Stage.JUDGE] = busy
    (queued,) = shop.submit(rollout())
    spend(shop, PATIENCE + 2 * PAUSE)
    assert shop.get(queued).status is Status.QUEUED
    shop.sweep(JudgeBusy.patience)
    shop.drain()
    assert shop.get(queued).unscored_reason == "judge-busy"


def test_a_server_that_asks_for_a_day_is_asked_again_at_the_end_of_the_patience(shop: Workshop) -> None:
    def late(job: StageJob) -> StageResult:
        error = JudgeError("the judge's server answered 429")
        error.retry_after = 86_400.0
        raise error

    shop.scripts[Stage.JUDGE] = late
    (queued,) = shop.submit(rollout())
    spend(shop, PATIENCE + 2 * PAUSE)
    assert shop.worked[Stage.JUDGE] == 2
    assert shop.get(queued).unscored_reason == "judge"
