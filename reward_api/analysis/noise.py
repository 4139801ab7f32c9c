"""How noisy a judge is: repeated grades of the same screenshots, taken apart into error and true spread. Pure.

The model is that of one-way random effects within each group: a grade is the site's own plus an error, both normal.

- ``e``, the test-retest error: standard deviation of single verdicts on one site, pooled over sites with n - 1 each.
- ``q``, the true spread: ``q^2 = B - e^2 / k``, never negative, where ``B`` is the variance of the sites' mean grades
  within their group, pooled with n - 1 each, and ``1/k`` the mean of one over the number of verdicts behind a mean.
- ``r``, the variance that rounding adds: 1/12 for grades that are whole numbers, 0 for fractional ones.
- the verdicts that one reward should be made of: ``k = 2.3 (e^2 + r) / q^2``, rounded up; at least 1. With it the
  reliability ``q^2 / (q^2 + (e^2 + r) / k)``, the share of a difference that is about quality, is 0.7.

Grades that were rounded by the judge show part of ``r`` in ``e`` already: the recommendation errs towards more.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import fmean, variance
from typing import Any

from reward_api.analysis.extra import needs

WHOLE = 1 / 12
"""Variance of an error that is even between -1/2 and 1/2."""

WANTED = 2.3
"""``(e^2 + r) / (k q^2) = 1 / 2.3`` is a reliability of 0.7."""

_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Site:
    """One site's grades, each a single verdict, 0 to 5."""

    group: str
    grades: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % confidence. ``high`` is None where nothing bounds it."""

    low: float
    high: float | None


@dataclass(frozen=True, slots=True)
class Noise:
    """What repeated grades say of a judge.

    Attributes:
        groups, sites, verdicts: how many went into it.
        error, spread: ``e`` and ``q``.
        error_interval: by the chi-square distribution of the pooled variance.
        spread_interval: by Williams and Tukey's method for a variance component.
        rounding: ``r``.
        samples: recommended verdicts for one reward; None where no spread can be told from the noise.
        samples_interval: the same at both ends of the spread's interval.
        degrees: degrees of freedom of ``e`` and of ``B``.
    """

    groups: int
    sites: int
    verdicts: int
    error: float
    error_interval: Interval
    spread: float
    spread_interval: Interval
    rounding: float
    samples: int | None
    samples_interval: Interval
    degrees: tuple[int, int]

    def reliability(self, samples: int) -> float:
        """Share of the variance within a group that is about quality, for rewards of so many verdicts; 0 to 1."""
        signal = self.spread**2
        total = signal + (self.error**2 + self.rounding) / samples
        return signal / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Parts:
    """Both variances with their degrees of freedom, and the mean of one over the verdicts of a site."""

    within: float
    within_degrees: int
    between: float
    between_degrees: int
    inverse: float


def estimate(sites: Sequence[Site], rounding: float = 0.0) -> Noise:
    """Error, spread and recommendation.

    Raises:
        ValueError: no site has two grades, or no group has two sites.
        ExtraMissing: scipy is not installed.
    """
    graded = [site for site in sites if site.grades]
    parts = _parts(graded)
    spread = math.sqrt(max(0.0, parts.between - parts.within * parts.inverse))
    spread_interval = _spread_interval(parts)
    noise = parts.within + rounding
    return Noise(
        groups=len({site.group for site in graded}),
        sites=len(graded),
        verdicts=sum(len(site.grades) for site in graded),
        error=math.sqrt(parts.within),
        error_interval=_error_interval(parts),
        spread=spread,
        spread_interval=spread_interval,
        rounding=rounding,
        samples=recommended(noise, spread),
        samples_interval=Interval(
            recommended(noise, spread_interval.high or 0.0) or 1, recommended(noise, spread_interval.low)
        ),
        degrees=(parts.within_degrees, parts.between_degrees),
    )


def recommended(noise: float, spread: float) -> int | None:
    """Verdicts for one reward, where ``noise`` is the variance of one verdict; None without any spread."""
    return max(1, math.ceil(WANTED * noise / spread**2 - 1e-9)) if spread > 0 else None


def rounding_variance(verdicts: Sequence[Mapping[str, float]]) -> float:
    """The variance that rounding adds to the mean of each verdict's parts (a criterion's grade each): where all of
    them are whole numbers 1/12 for one part, 1/48 for the mean of four; else 0."""
    grades = list(chain.from_iterable(verdict.values() for verdict in verdicts))
    if not grades or any(not float(grade).is_integer() for grade in grades):
        return 0.0
    return WHOLE / fmean(len(verdict) for verdict in verdicts)


def _parts(sites: Sequence[Site]) -> _Parts:
    repeated = [site.grades for site in sites if len(site.grades) > 1]
    means: dict[str, list[float]] = defaultdict(list)
    for site in sites:
        means[site.group].append(fmean(site.grades))
    compared = [found for found in means.values() if len(found) > 1]
    if not repeated:
        raise ValueError("no site was graded twice: nothing is known of the judge's error")
    if not compared:
        raise ValueError("no group has two graded sites: nothing is known of the spread within groups")
    within, within_degrees = _pooled(repeated)
    between, between_degrees = _pooled(compared)
    inverse = fmean(1 / len(site.grades) for site in sites if len(means[site.group]) > 1)
    return _Parts(within, within_degrees, between, between_degrees, inverse)


def _pooled(lists: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Variance pooled over lists of two or more, and its degrees of freedom."""
    degrees = sum(len(values) - 1 for values in lists)
    return sum(variance(values) * (len(values) - 1) for values in lists) / degrees, degrees


def _error_interval(parts: _Parts) -> Interval:
    low, high = _chi_square(parts.within_degrees)
    total = parts.within * parts.within_degrees
    return Interval(math.sqrt(total / high), math.sqrt(total / low))


def _spread_interval(parts: _Parts) -> Interval:
    """Williams 1962, Tukey 1951: exact bounds of the variances' ratio, put in the place of its estimate."""
    noise, degrees = parts.within * parts.inverse, parts.between_degrees
    tail = (1 - _CONFIDENCE) / 2
    fisher: Any = needs("scipy.stats").f
    chi_low, chi_high = _chi_square(degrees)
    low = parts.between - noise * float(fisher.ppf(1 - tail, degrees, parts.within_degrees))
    high = parts.between - noise * float(fisher.ppf(tail, degrees, parts.within_degrees))
    return Interval(
        math.sqrt(max(0.0, degrees * low / chi_high)),
        math.sqrt(max(0.0, degrees * high / chi_low)),
    )


def _chi_square(degrees: int) -> tuple[float, float]:
    """The quantiles that leave 2.5 % below and above."""
    tail = (1 - _CONFIDENCE) / 2
    distribution: Any = needs("scipy.stats").chi2
    return float(distribution.ppf(tail, degrees)), float(distribution.ppf(1 - tail, degrees))
