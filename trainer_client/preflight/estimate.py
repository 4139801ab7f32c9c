"""How long a step waits for its rewards, and what it costs, from a group that was scored. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from services.contract import Evaluation
from trainer_client.preflight.check import Check, failure, ok, skipped, warning

BUSY = 0.25
"""Waiting as a share of work above which the workers were all busy."""

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Timing:
    """Of rollouts that went through all stages.

    Attributes:
        first: seconds of work until a rollout has its reward where no other is in its way; the least of the group, as
            one may have had the packages installed for all.
        each: seconds between two that ended one after the other: the inverse of the service's throughput.
        busy: the workers were all busy, so that more rollouts would not have ended faster. Otherwise ``each`` is no
            more than an upper bound.
    """

    first: float
    each: float
    busy: bool

    def seconds(self, rollouts: int) -> float:
        return self.first + self.each * max(0, rollouts - 1)


def timing(evaluations: Sequence[Evaluation]) -> Timing | None:
    """None where fewer than three of them were judged."""
    whole = [e for e in evaluations if e.band == "rendered" and e.ended_at is not None]
    if len(whole) < 3:
        return None
    ends = sorted(e.ended_at for e in whole if e.ended_at is not None)
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(ends)]
    waited = median(e.queue_seconds for e in whole)
    worked = median(e.work_seconds for e in whole)
    return Timing(min(e.work_seconds for e in whole), sum(gaps) / len(gaps), waited > BUSY * worked)


def step_seconds(found: Timing | None, rollouts: int, deadline: float) -> Check:
    name = "seconds a step"
    if found is None:
        return skipped(name, "too few sites rendered to tell")
    needed = found.seconds(rollouts)
    bound = "about" if found.busy else "at most"
    told = f"{bound} {needed:.0f} s for {rollouts} rollouts at the present number of workers"
    if needed > deadline and found.busy:
        return failure(name, f"{told}; the deadline is {deadline:.0f} s", "add workers, or raise service.deadline")
    if needed > HALF * deadline and found.busy:
        return warning(name, f"{told}; the deadline is {deadline:.0f} s", "real sites are larger: add workers")
    hint = "" if found.busy else "; not all workers were busy: ask for more with --rollouts"
    return ok(name, told + hint)


def step_cost(evaluations: Sequence[Evaluation], rollouts: int, steps: int) -> Check:
    """What judging costs where every site renders; half-known prices are told as unknown."""
    name = "judging costs"
    anew = [e.judge for e in evaluations if e.judge and e.judge.kind == "vlm" and not e.judge.reused]
    paid = [judge.spending for judge in anew if judge.spending]
    costs = [spending.cost for spending in paid]
    known = [cost for cost in costs if cost is not None]
    if not paid:
        return skipped(name, "no model judged anything anew")
    if len(known) < len(costs):
        return ok(name, "unknown: the judge's model has no price at the service")
    step = sum(known) / len(known) * rollouts
    whole = f", {step * steps:.2f} for {steps} steps" if steps > 0 else ""
    return ok(name, f"{step:.2f} {paid[0].currency} a step{whole}, where every site renders")
