"""Rewards from stored reports, under a profile that they were not made for. Pure.

Other profiles need other things: stages that never ran, rules that were not known, types that nobody checked. What is
missing is named. It is looked at from both ends: where a reward is the same whatever the missing fact was, it is
decided; otherwise there is none, and nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.contract import Evaluation
from services.rewards.decide import Next, Reward, decide
from services.rewards.profile import Profile, Term
from services.rewards.terms import LARGE, Reports, weighs
from services.stages import Stage

Fill = Callable[[Reports], Reports]


@dataclass(frozen=True, slots=True)
class Undecided:
    """The reports do not say what the reward is: why, one sentence for each gap."""

    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """A fact that a profile asks for and the reports lack.

    Attributes:
        worst, best: fill it in as it costs and as it earns the most.
    """

    reason: str
    worst: Fill
    best: Fill


def decide_recorded(profile: Profile, evaluation: Evaluation) -> Reward | Undecided:
    """The reward of a scored evaluation: as it was decided under its own profile, else by `decide_stored`."""
    reports = {report.stage: report for report in evaluation.reports}
    if profile.hash == evaluation.profile.hash and isinstance(decision := decide(profile, reports), Reward):
        return decision
    return decide_stored(profile, reports)


def decide_stored(profile: Profile, reports: Reports) -> Reward | Undecided:
    """The reward of stored reports; or what would have to be known for it."""
    found = list(gaps(profile, reports))
    ends = (_filled(reports, [gap.worst for gap in found]), _filled(reports, [gap.best for gap in found]))
    reasons = [gap.reason for gap in found if any(_matters(profile, gap, end) for end in ends)]
    needed = [stage for stage in dict.fromkeys(map(partial(_needed, profile), ends)) if stage is not None]
    reasons += [f"stage {stage.value} never ran" for stage in needed]
    decision = decide(profile, reports)
    return Undecided(tuple(reasons)) if reasons or isinstance(decision, Next) else decision


def _filled(reports: Reports, fills: Iterable[Fill]) -> Reports:
    for fill in fills:
        reports = fill(reports)
    return reports


def _needed(profile: Profile, reports: Reports) -> Stage | None:
    decision = decide(profile, reports)
    return decision.stage if isinstance(decision, Next) else None


def _matters(profile: Profile, gap: Gap, others: Reports) -> bool:
    """Whether a gap changes the reward, the others being filled."""
    worst, best = decide(profile, gap.worst(others)), decide(profile, gap.best(others))
    return worst != best if isinstance(worst, Next) or isinstance(best, Next) else worst.value != best.value


def gaps(profile: Profile, reports: Reports) -> Iterator[Gap]:
    """Everything that the profile may ask for and the reports lack, stages apart."""
    for rule in _unknown_rules(profile, reports):
        yield Gap(f"rule {rule} was never checked", partial(_judged, rule, False), partial(_judged, rule, True))
    build, render = reports.get(Stage.BUILD), reports.get(Stage.RENDER)
    if profile.typecheck != "off" and build and build.passed and build.facts.get("typed_lines") is None:
        lines = {"typed_lines": LARGE, "script_lines": LARGE}
        worst, best = {**lines, "type_errors": 10 * LARGE}, {**lines, "type_errors": 0}
        yield Gap("types were never checked", partial(_told, Stage.BUILD, worst), partial(_told, Stage.BUILD, best))
    if weighs(profile, Term.INTERACTION) and render and render.passed and render.facts.get("interaction") is None:
        ends = [partial(_told, Stage.RENDER, {"interaction": {"share": share}}) for share in (0.0, 1.0)]
        yield Gap("controls were never tried", *ends)
    judge = reports.get(Stage.JUDGE)
    if weighs(profile, Term.HONEST) and judge and judge.passed and "addressed" not in judge.facts:
        ends = [partial(_told, Stage.JUDGE, {"addressed": [{}] * found}) for found in (1, 0)]
        yield Gap("text that addresses a grader was never looked for", *ends)


def _unknown_rules(profile: Profile, reports: Reports) -> list[str]:
    lint, rules = reports.get(Stage.LINT), profile.static
    known = (lint.facts.get("static") or {}) if lint else {}
    named = dict.fromkeys((*rules.gates, *(rules.notes or ()), *rules.format, *rules.code_format))
    return [rule for rule in named if rule not in known] if known else []


def _judged(rule: str, passed: bool, reports: Reports) -> Reports:
    static = reports[Stage.LINT].facts["static"]
    return _told(Stage.LINT, {"static": {**static, rule: passed}}, reports)


def _told(stage: Stage, facts: dict[str, Any], reports: Reports) -> Reports:
    report = reports[stage]
    return {**reports, stage: report.model_copy(update={"facts": {**report.facts, **facts}})}
