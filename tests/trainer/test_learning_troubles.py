"""A gateway and a build worker killed in the middle of a step, a judge that is down for a while: training goes on."""

from __future__ import annotations

import math
from statistics import fmean

import pytest

from benchmarks.learning.live import Service, live, service
from benchmarks.learning.pieces import by_completion
from benchmarks.learning.training import Plan, Trained, train
from benchmarks.learning.troubles import during, kill_builder, kill_gateway
from benchmarks.learning.worth import worth

pytestmark = [
    pytest.mark.stack,
    pytest.mark.chaos,
    pytest.mark.timeout(1_200),
    pytest.mark.filterwarnings("default"),  # the libraries of training warn of their own next versions
]

PLAN = Plan(seed=7, steps=6, group=8, groups=2)
BUILDER, GATEWAY, DOWN = 0, 2, 4
"""The steps in which something goes wrong. In the first, nearly everything has to be built."""

PATIENT, SHORT = 600.0, 8.0
"""Seconds of a call: longer than any repair here, and shorter than the judge is down."""

JUDGE = {
    "WEBGEN_JUDGE__RETRIES": "0",
    "WEBGEN_JUDGE__LIMITS__BREAKER_PAUSE": "0.5",
    "WEBGEN_JUDGE__LIMITS__BREAKER_LONGEST": "1",
}
"""A judge that soon notices that its server is back."""


def troubled(running: Service) -> Trained:
    patient = live(running, "troubled", deadline=PATIENT, on_nulls="continue")
    hasty = live(running, "troubled", deadline=SHORT, on_nulls="continue", min_group_share=0.0)

    async def judge_down(**told: object) -> list[float | None]:
        running.vlm.hang_up()
        try:
            return await hasty(**told)
        finally:
            running.vlm.listen()

    troubles = {BUILDER: lambda: kill_builder(running), GATEWAY: lambda: kill_gateway(running)}
    return train(PLAN, during(patient, troubles, {DOWN: judge_down}))


@pytest.fixture(scope="module")
def trainings() -> tuple[Trained, Trained]:
    """One in which everything goes wrong, and the same in peace."""
    with service(noise=0.0, environment=JUDGE) as running:
        return troubled(running), train(PLAN, live(running, "calm", deadline=PATIENT))


def test_only_an_outage_beyond_the_deadline_costs_rewards(trainings: tuple[Trained, Trained]) -> None:
    hit, _ = trainings
    assert len(hit.steps) == PLAN.steps
    for number, step in enumerate(hit.steps):
        assert (None in step.rewards) == (number == DOWN), number
    down = hit.steps[DOWN]
    judged = [worth(by_completion()[text]).judged for text in down.completions if text in by_completion()]
    assert down.rewards.count(None) >= sum(judged) > 0


def test_no_other_reward_differs_from_an_undisturbed_training(trainings: tuple[Trained, Trained]) -> None:
    hit, calm = trainings
    for before, after in zip(hit.steps[:DOWN], calm.steps[:DOWN], strict=True):
        assert (before.completions, before.rewards) == (after.completions, after.rewards)
    known = {text: reward for step in calm.steps for text, reward in zip(step.completions, step.rewards, strict=True)}
    again = [
        (reward, known[text])
        for step in hit.steps[DOWN:]
        for text, reward in zip(step.completions, step.rewards, strict=True)
        if reward is not None and text in known
    ]
    assert again, "both trainings wrote some of the same sites"
    assert all(one == other for one, other in again)


def test_the_trainers_own_metrics_leave_missing_rewards_out(trainings: tuple[Trained, Trained]) -> None:
    hit, _ = trainings
    for step, row in zip(hit.steps, hit.log, strict=True):
        scored = [reward for reward in step.rewards if reward is not None]
        assert row["webgen/scored"] == pytest.approx(len(scored) / len(step.rewards), abs=1e-4)
        assert math.isfinite(row["loss"])
        if scored:
            assert row["reward"] == pytest.approx(fmean(scored), abs=1e-3)
    missing = sum(hit.log[DOWN][name] for name in hit.log[DOWN] if name.startswith("webgen/null/"))
    assert missing == pytest.approx(hit.steps[DOWN].rewards.count(None) / (PLAN.group * PLAN.groups), abs=1e-4)
