"""How far verdicts agree with people: two lists of grades of the same sites. Pure.

- Pearson's r: of the grades; Spearman's rho: of their ranks, ties sharing their mean rank.
- Kendall's tau-b: concordant less discordant pairs, corrected for ties on either side.
- pairwise agreement: of the pairs that people order (their grades differ), the share that the judge orders alike; a
  pair that the judge leaves tied counts one half. Guessing gives 0.5.
- bias: mean of judge less people, with its 95 % interval by Student's t.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean, stdev
from typing import Any

from reward_api.analysis.extra import needs

FEWEST = 3
"""Sites below which a correlation says nothing."""

_TAIL = 0.025


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs that people order. ``alike`` is the share that the judge orders alike; None without any pair."""

    pairs: int
    tied: int
    alike: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Judge against people on one scale.

    Attributes:
        sites: how many grades were compared.
        pearson, spearman, kendall: None with fewer than three sites, or where one side gives everything one grade.
        pairs: over all sites; ``pairs_within``: over sites of the same group.
        bias: mean of judge less people; ``bias_low`` and ``bias_high`` its interval, None with fewer than two.
        error: root of the mean squared difference.
    """

    sites: int
    pearson: float | None
    spearman: float | None
    kendall: float | None
    pairs: Pairs
    pairs_within: Pairs
    bias: float
    bias_low: float | None
    bias_high: float | None
    error: float


def agreement(judge: Sequence[float], people: Sequence[float], groups: Sequence[Hashable | None]) -> Agreement:
    """Compare two lists of grades of the same sites, in the same order.

    Args:
        groups: each site's group; None where it has none.

    Raises:
        ValueError: the lists are empty or differ in length.
        ExtraMissing: scipy is not installed.
    """
    if not judge or not len(judge) == len(people) == len(groups):
        raise ValueError("two lists of grades of the same sites are needed")
    differences = [a - b for a, b in zip(judge, people, strict=True)]
    low, high = _interval(differences)
    pearson, spearman, kendall = _correlations(judge, people)
    return Agreement(
        sites=len(judge),
        pearson=pearson,
        spearman=spearman,
        kendall=kendall,
        pairs=ordered_alike(judge, people),
        pairs_within=ordered_alike(judge, people, groups),
        bias=fmean(differences),
        bias_low=low,
        bias_high=high,
        error=math.sqrt(fmean(difference**2 for difference in differences)),
    )


def ordered_alike(
    judge: Sequence[float], people: Sequence[float], groups: Sequence[Hashable | None] | None = None
) -> Pairs:
    """Pairwise agreement; with groups, over pairs of one group only."""
    earned = []
    for i, j in combinations(range(len(judge)), 2):
        apart = groups is not None and (groups[i] is None or groups[i] != groups[j])
        if not apart and people[i] != people[j]:
            earned.append(_credit(judge[i] - judge[j], people[i] - people[j]))
    return Pairs(len(earned), earned.count(0.5), fmean(earned) if earned else None)


def _credit(judged: float, felt: float) -> float:
    if judged == 0:
        return 0.5
    return float((judged > 0) == (felt > 0))


def _correlations(judge: Sequence[float], people: Sequence[float]) -> tuple[float | None, float | None, float | None]:
    if len(judge) < FEWEST or len(set(judge)) == 1 or len(set(people)) == 1:
        return None, None, None
    stats: Any = needs("scipy.stats")
    return (
        float(stats.pearsonr(judge, people).statistic),
        float(stats.spearmanr(judge, people).statistic),
        float(stats.kendalltau(judge, people, variant="b").statistic),
    )


def _interval(differences: Sequence[float]) -> tuple[float | None, float | None]:
    if len(differences) < 2:
        return None, None
    student: Any = needs("scipy.stats").t
    mean = fmean(differences)
    reach = float(student.ppf(1 - _TAIL, len(differences) - 1)) * stdev(differences) / math.sqrt(len(differences))
    return mean - reach, mean + reach
