"""A group's sheet: its members in the order of their rewards, and what can be said of them together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from reward_api.cli.table import outcome
from reward_api.sheet.advantage import Scale, advantages
from services.contract import Evaluation, StageReport
from services.stages import Stage

ROUTES = 2
"""Further pages that are shown; what a VLM judge is shown by itself."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One screenshot: the artifact's name, and what it shows in words."""

    name: str
    caption: str


@dataclass(frozen=True, slots=True)
class Member:
    """One rollout of the group.

    Attributes:
        place: from 1, by reward; those without one come last.
        advantage: null where it has no reward.
        shots: those to show, the home page first.
        twins: labels of other members with the very same screenshots.
    """

    place: int
    evaluation: Evaluation
    advantage: float | None
    shots: tuple[Shot, ...]
    twins: tuple[str, ...]

    @property
    def label(self) -> str:
        return label(self.evaluation)

    @property
    def outcome(self) -> str:
        return outcome(self.evaluation)


@dataclass(frozen=True, slots=True)
class Sheet:
    """``instruction`` is null where nobody can say it."""

    run: str
    step: int
    group: str
    scale: Scale
    members: tuple[Member, ...]
    instruction: str | None = None

    @property
    def rewards(self) -> list[float]:
        return [m.evaluation.reward for m in self.members if m.evaluation.reward is not None]

    @property
    def looks(self) -> list[float]:
        """Appearance of those that were judged."""
        return [m.evaluation.components["appearance"] for m in self.members if "appearance" in m.evaluation.components]


def make_sheet(
    group: Sequence[Evaluation],
    scale: Scale,
    *,
    step: Sequence[Evaluation] = (),
    routes: int = ROUTES,
    instruction: str | None = None,
) -> Sheet:
    """The sheet of at least one evaluation, all of one run, step and group.

    Args:
        step: all evaluations of the step; for `Scale.BATCH`.
        routes: how many further pages are shown of each.
    """
    first = group[0]
    gained = advantages([e.reward for e in group], scale, [e.reward for e in step])
    ordered = sorted(zip(group, gained, strict=True), key=lambda pair: _order(pair[0]))
    members = [
        Member(place, evaluation, advantage, tuple(shots(evaluation, routes)), tuple(_twins(evaluation, group)))
        for place, (evaluation, advantage) in enumerate(ordered, 1)
    ]
    return Sheet(first.run, first.step or 0, first.group or "", scale, tuple(members), instruction)


def _order(evaluation: Evaluation) -> tuple[bool, float, int]:
    """The highest reward first, those without one last, equals as they were sampled."""
    reward = evaluation.reward
    return reward is None, -(reward or 0.0), evaluation.sample or 0


def _twins(evaluation: Evaluation, group: Sequence[Evaluation]) -> Iterator[str]:
    if evaluation.shot_hash is not None:
        same = (other for other in group if other.shot_hash == evaluation.shot_hash and other.id != evaluation.id)
        yield from map(label, same)


def label(evaluation: Evaluation) -> str:
    """Which of the group it is: ``sample 3``, else the rollout's id."""
    return evaluation.rollout_id if evaluation.sample is None else f"sample {evaluation.sample}"


def report_of(evaluation: Evaluation, stage: Stage) -> StageReport | None:
    return next((report for report in evaluation.reports if report.stage is stage), None)


def shots(evaluation: Evaluation, routes: int) -> Iterator[Shot]:
    """Home, home on a phone, and the first further pages; nothing where the site was not photographed."""
    report = report_of(evaluation, Stage.RENDER)
    if report is None:
        return
    wanted = {"home.png": "home", "home-mobile.png": "home, on a phone"}
    wanted |= {f"route-{number}.png": _path(report.facts, number) for number in range(1, routes + 1)}
    for name, caption in wanted.items():
        artifact = report.artifacts.get(name)
        if artifact is not None and artifact.media_type == "image/png":
            yield Shot(name, caption)


def _path(facts: Mapping[str, Any], number: int) -> str:
    """The address that the candidate's site gave the page."""
    shot = f"route-{number}.png"
    found = facts.get("routes")
    routes = [route for route in found if isinstance(route, dict)] if isinstance(found, list) else []
    return next((str(route["path"]) for route in routes if route.get("shot") == shot and "path" in route), shot)


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a group together. Spreads are population standard deviations, null for fewer than two.

    Attributes:
        judge_spread: mean over members with several samples.
        sources, pictures: how many different ones there are.
    """

    size: int
    scored: int
    mean: float | None
    spread: float | None
    looks_spread: float | None
    judge_spread: float | None
    sources: int
    pictures: int
    judges: tuple[str, ...]
    outcomes: Mapping[str, int]


def summary(sheet: Sheet) -> Summary:
    found = [member.evaluation for member in sheet.members]
    noise = [e.judge.spread for e in found if e.judge and e.judge.spread is not None]
    judges = Counter(f"{e.judge.kind}: {e.judge.model}" for e in found if e.judge)
    return Summary(
        size=len(found),
        scored=len(sheet.rewards),
        mean=fmean(sheet.rewards) if sheet.rewards else None,
        spread=_spread(sheet.rewards),
        looks_spread=_spread(sheet.looks),
        judge_spread=fmean(noise) if noise else None,
        sources=len({e.source_hash for e in found if e.source_hash}),
        pictures=len({e.shot_hash for e in found if e.shot_hash}),
        judges=tuple(judges),
        outcomes=Counter(outcome(e) for e in found),
    )


def _spread(values: Sequence[float]) -> float | None:
    return pstdev(values) if len(values) > 1 else None


def remarks(sheet: Sheet) -> Iterator[str]:
    """What a trainer should know before reading on."""
    found = summary(sheet)
    if found.scored < 2:
        yield "Fewer than two members have a reward: this group trains nothing."
    elif found.spread is not None and found.spread < 1e-9:
        yield "All rewards are equal: this group trains nothing."
    elif len(sheet.looks) > 1 and len(set(sheet.looks)) == 1:
        yield "Tied on appearance: what separates the members are failures and the small terms."
    if found.looks_spread and found.judge_spread and found.judge_spread >= found.looks_spread:
        yield (
            f"The judge's own spread ({found.judge_spread:.2f}) is no smaller than that of appearance here "
            f"({found.looks_spread:.2f}): the order below is largely chance."
        )
    if any(not judge.startswith("vlm:") for judge in found.judges):
        yield "No vision-language model looked at these sites: the grades are a stand-in's."
