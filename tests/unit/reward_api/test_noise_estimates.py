"""A judge's noise from repeated grades: by hand, by simulation, and where nothing can be known."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest

from reward_api.analysis.noise import Noise, Site, estimate, recommended, rounding_variance

BY_HAND = (
    Site("a", (1.0, 2.0)),
    Site("a", (3.0, 5.0)),
    Site("b", (2.0, 2.0)),
    Site("b", (4.0, 3.0)),
)
"""Variances 0.5, 2, 0, 0.5 with one degree each: e^2 = 0.75. Means 1.5, 4 and 2, 3.5: B = (3.125 + 1.125) / 2."""


def simulated(seed: int, *, error: float, spread: float, groups: int = 40, sites: int = 16, repeats: int = 8) -> Noise:
    chance = random.Random(seed)  # noqa: S311 - a seeded simulation
    found = []
    for group in range(groups):
        centre = chance.uniform(1, 4)
        for _ in range(sites):
            own = chance.gauss(centre, spread)
            found.append(Site(str(group), tuple(chance.gauss(own, error) for _ in range(repeats))))
    return estimate(found)


def test_error_and_spread_by_hand() -> None:
    found = estimate(BY_HAND)
    assert (found.groups, found.sites, found.verdicts, found.degrees) == (2, 4, 8, (4, 2))
    assert found.error == pytest.approx(math.sqrt(0.75))
    assert found.spread == pytest.approx(math.sqrt(2.125 - 0.75 / 2))
    assert found.samples == math.ceil(2.3 * 0.75 / 1.75) == 1
    assert found.reliability(1) == pytest.approx(1.75 / 2.5)


def test_the_errors_interval_is_the_chi_square_one() -> None:
    """Quantiles of the table for four degrees of freedom: 0.484 and 11.143."""
    interval = estimate(BY_HAND).error_interval
    assert interval.low == pytest.approx(math.sqrt(4 * 0.75 / 11.1433), rel=1e-4)
    assert interval.high == pytest.approx(math.sqrt(4 * 0.75 / 0.484419), rel=1e-4)


@pytest.mark.parametrize(("error", "spread"), [(0.5, 0.6), (0.3, 0.25), (0.5, 0.25), (0.15, 0.15)])
def test_simulated_noise_and_spread_are_found(error: float, spread: float) -> None:
    found = simulated(1, error=error, spread=spread)
    assert found.error == pytest.approx(error, rel=0.05)
    assert found.spread == pytest.approx(spread, rel=0.1)


def test_the_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    found = [simulated(seed, error=0.4, spread=0.3, groups=6, sites=6, repeats=4) for seed in range(300)]
    held_error = fmean(n.error_interval.low <= 0.4 <= (n.error_interval.high or math.inf) for n in found)
    held_spread = fmean(n.spread_interval.low <= 0.3 <= (n.spread_interval.high or math.inf) for n in found)
    assert held_error == pytest.approx(0.95, abs=0.04)
    assert held_spread == pytest.approx(0.95, abs=0.04)


def test_equal_sites_have_no_spread_and_no_number_of_samples_helps() -> None:
    found = estimate([Site("a", (1.0, 3.0)), Site("a", (2.0, 2.0)), Site("a", (3.0, 1.0))])
    assert (found.spread, found.samples) == (0.0, None)
    assert found.spread_interval.low == 0.0
    assert found.samples_interval.high is None
    assert found.reliability(16) == 0.0


def test_a_judge_that_repeats_itself_needs_one_sample() -> None:
    found = estimate([Site("a", (1.0, 1.0)), Site("a", (2.0, 2.0))])
    assert (found.error, found.samples, found.reliability(1)) == (0.0, 1, 1.0)
    assert found.spread == pytest.approx(math.sqrt(0.5))


def test_sites_graded_once_tell_of_the_spread_alone() -> None:
    """Means 1, 3 and 2: B = 1; e^2 = 0.5 from the third; one over the verdicts is 1, 1 and 1/2."""
    found = estimate([Site("a", (1.0,)), Site("a", (3.0,)), Site("a", (1.5, 2.5))])
    assert found.error == pytest.approx(math.sqrt(0.5))
    assert found.spread == pytest.approx(math.sqrt(1 - 0.5 * 2.5 / 3))


def test_the_field_notes_formula() -> None:
    assert recommended(0.5**2, 0.6) == 2
    assert recommended(0.5**2 + 1 / 12, 0.25) == math.ceil(2.3 * (0.25 + 1 / 12) / 0.0625) == 13
    assert recommended(0.3**2, 0.25) == 4
    assert recommended(0.25, 0.0) is None


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([{"overall": 4.0}, {"overall": 3.0}], 1 / 12),
        ([{"a": 4.0, "b": 3.0, "c": 1.0, "d": 0.0}], 1 / 48),
        ([{"a": 4.0, "b": 3.5, "c": 1.0, "d": 0.0}], 0.0),
        ([], 0.0),
    ],
)
def test_what_rounding_adds(verdicts: list[dict[str, float]], expected: float) -> None:
    assert rounding_variance(verdicts) == pytest.approx(expected)


def test_rounding_joins_the_noise() -> None:
    found = estimate(BY_HAND, 1 / 12)
    assert found.samples == math.ceil(2.3 * (0.75 + 1 / 12) / 1.75) == 2
    assert found.reliability(1) == pytest.approx(1.75 / (1.75 + 0.75 + 1 / 12))


@pytest.mark.parametrize(
    ("sites", "why"),
    [
        ([Site("a", (1.0,)), Site("a", (2.0,))], "graded twice"),
        ([Site("a", (1.0, 2.0)), Site("b", (2.0, 3.0))], "two graded sites"),
        ([], "graded twice"),
    ],
)
def test_what_cannot_be_known_is_said(sites: list[Site], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        estimate(sites)
