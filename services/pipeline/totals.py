"""Steps put together: counts are summed, means weighted by what each was taken over. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import fsum
from typing import TypeVar

from services.contract import Figures, JudgeTally, LengthBucket, Status

K = TypeVar("K")

COUNTS = (
    "truncated",
    "reused",
    "reused_verdicts",
    "passed_dependencies",
    "rendered",
    "judged",
    "repeatedly_judged",
    "groups",
    "groups_compared",
    "groups_tied",
    "groups_all_failed",
    "groups_all_top",
    "groups_judged",
    "groups_tied_on_appearance",
)

WEIGHTS = {
    "mean_reward": "scored",
    "mean_appearance": "judged",
    "mean_judge_spread": "repeatedly_judged",
    "within_group_spread": "groups_compared",
    "appearance_spread": "groups_judged",
    "sources_per_group": "groups",
    "shots_per_group": "groups",
}
"""Mean -> the count that it was taken over."""


def total(parts: Sequence[Figures]) -> Figures:
    """The figures of all parts together; a group belongs to one step, so that none is split."""
    statuses = summed(part.counts for part in parts)
    return Figures(
        counts={status: statuses[status] for status in Status if statuses[status]},
        bands=dict(sorted(summed(part.bands for part in parts).items())),
        unscored_reasons=dict(sorted(summed(part.unscored_reasons for part in parts).items())),
        by_length=_by_length(parts),
        judges=_judges(parts),
        **{name: sum(getattr(part, name) for part in parts) for name in COUNTS},
        **{name: _mean(parts, name, weight) for name, weight in WEIGHTS.items()},
    )


def summed(tallies: Iterable[dict[K, int]]) -> Counter[K]:
    found = Counter[K]()
    for tally in tallies:
        found.update(tally)
    return found


def _mean(parts: Sequence[Figures], name: str, weight: str) -> float | None:
    known = [(getattr(part, name), getattr(part, weight)) for part in parts if getattr(part, name) is not None]
    whole = sum(number for _, number in known)
    return round(fsum(value * number for value, number in known) / whole, 6) if whole else None


def _by_length(parts: Sequence[Figures]) -> list[LengthBucket]:
    bounds = sorted({(b.at_least, b.below) for part in parts for b in part.by_length}, key=lambda bound: bound[0])
    ended = summed({b.at_least: b.ended for b in part.by_length} for part in parts)
    unscored = summed({b.at_least: b.unscored for b in part.by_length} for part in parts)
    return [LengthBucket(at_least=at, below=to, ended=ended[at], unscored=unscored[at]) for at, to in bounds]


def _judges(parts: Sequence[Figures]) -> list[JudgeTally]:
    found = summed({(j.kind, j.model): j.evaluations for j in part.judges} for part in parts)
    return [JudgeTally(kind=kind, model=model, evaluations=n) for (kind, model), n in found.most_common()]
