"""Equal work is done once, and nobody notices but by the time."""

from __future__ import annotations

import pytest

from services.contract import Status
from services.stages import Stage
from tests.support.variants import small_rollout
from trainer_client import RewardClient

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]


def test_two_hundred_copies_are_two_hundred_evaluations_and_one_piece_of_work(service: RewardClient) -> None:
    copies = [small_rollout("copies").model_copy(update={"id": f"copy-{n}"}) for n in range(200)]
    scores = service.score(copies, run="copies", deadline=500)
    ended = [evaluation for evaluation in scores if evaluation is not None]
    assert len({evaluation.id for evaluation in ended}) == 200
    assert {evaluation.status for evaluation in ended} == {Status.SCORED}
    assert len(set(scores.rewards)) == 1
    for stage in (Stage.BUILD, Stage.RENDER, Stage.JUDGE):
        worked = [evaluation.id for evaluation in ended if stage not in evaluation.reused]
        assert len(worked) == 1, f"{stage} was worked {len(worked)} times"
    again = service.submit(copies, run="copies")
    assert [evaluation.id for evaluation in again] == [evaluation.id for evaluation in ended]
