"""How many jobs at a time keep up with a training, from what a run of it, or any other run, took. Pure.

Rewards of a step arrive all at once and are waited for together. With ``n`` rollouts of which each keeps a pool busy
for ``s`` seconds, a pool of ``k`` is through with them after ``n s / k``; the slowest pool sets the pace, and the last
rollout has its whole way before it: ``latency + max(n s / k)``, which is on the safe side.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median, quantiles
from types import MappingProxyType

from services.contract import Evaluation, Status
from services.stages import Stage

POOLS: Mapping[str, tuple[Stage, ...]] = MappingProxyType(
    {
        "build": (Stage.LINT, Stage.BUILD),
        "resolve": (Stage.RESOLVE,),
        "render": (Stage.RENDER,),
        "judge": (Stage.JUDGE,),
    }
)
"""Kind of worker -> the stages that it works on."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What rollouts took.

    Attributes:
        rollouts: that ended with a reward.
        seconds: pool -> mean seconds of work for one rollout, over all of them, also those that ended before; what was
            taken over from equal work took none.
        latency: seconds of work of one rollout from its first stage to its last, which 95 of 100 do not exceed.
    """

    rollouts: int
    seconds: Mapping[str, float]
    latency: float


@dataclass(frozen=True, slots=True)
class Pace:
    """A training's steps, in medians: rollouts of one, seconds from one to the next, seconds of waiting for rewards."""

    rollouts: int
    step_seconds: float
    reward_seconds: float

    @property
    def gpu_seconds(self) -> float:
        """What a step takes beside its rewards: sampling and optimization."""
        return max(0.0, self.step_seconds - self.reward_seconds)


def cost(evaluations: Iterable[Evaluation]) -> Cost | None:
    """None where nothing has ended with a reward."""
    scored = [one for one in evaluations if one.status is Status.SCORED and one.derived_from is None]
    if not scored:
        return None
    totals = {pool: sum(_work(one, stages) for one in scored) for pool, stages in POOLS.items()}
    whole = sorted(_work(one, tuple(Stage)) for one in scored)
    latency = quantiles(whole, n=20, method="inclusive")[-1] if len(whole) > 1 else whole[0]
    return Cost(len(scored), {pool: total / len(scored) for pool, total in totals.items()}, latency)


def pace(evaluations: Iterable[Evaluation]) -> Pace | None:
    """None where fewer than two steps, one after the other, have ended."""
    steps = _by_step(evaluations)
    begun = {step: min(one.created_at for one in found) for step, found in steps.items()}
    ended = {step: max(one.ended_at or one.created_at for one in found) for step, found in steps.items()}
    pairs = [step for step in steps if step + 1 in begun and begun[step + 1] >= ended[step]]
    if not pairs:
        return None
    return Pace(
        round(median(len(steps[step]) for step in pairs)),
        median((begun[step + 1] - begun[step]).total_seconds() for step in pairs),
        median((ended[step] - begun[step]).total_seconds() for step in pairs),
    )


def needed(measured: Cost, rollouts: int, within: float) -> dict[str, int] | None:
    """Jobs at a time in each pool, so that a step's rollouts have their rewards within so many seconds; None where one
    rollout alone takes longer."""
    room = within - measured.latency
    if room <= 0:
        return None
    return {pool: max(1, ceil(rollouts * seconds / room)) for pool, seconds in measured.seconds.items()}


def reward_seconds(measured: Cost, rollouts: int, at_a_time: Mapping[str, int]) -> float:
    """Seconds until a step's rollouts have their rewards, with so many jobs at a time in each pool."""
    busiest = max(rollouts * seconds / at_a_time[pool] for pool, seconds in measured.seconds.items())
    return measured.latency + busiest


def _work(evaluation: Evaluation, stages: Sequence[Stage]) -> float:
    return sum(report.seconds for report in evaluation.reports if report.stage in stages and not report.reused)


def _by_step(evaluations: Iterable[Evaluation]) -> dict[int, list[Evaluation]]:
    """Steps all of whose evaluations have ended."""
    steps: dict[int, list[Evaluation]] = {}
    for one in evaluations:
        if one.step is not None and one.derived_from is None:
            steps.setdefault(one.step, []).append(one)
    return {step: found for step, found in steps.items() if all(one.status.ended for one in found)}
