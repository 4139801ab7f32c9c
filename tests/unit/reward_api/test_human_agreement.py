"""Verdicts against people: by hand, and against scipy."""

from __future__ import annotations

import random

import pytest
from scipy import stats

from reward_api.analysis.agreement import Pairs, agreement, ordered_alike

PEOPLE = [1.0, 2.0, 2.0, 4.0]
JUDGE = [1.5, 2.5, 3.5, 2.5]
"""Pairs that people order: five. The judge orders 1-2, 1-3 and 1-4 alike, 3-4 the other way, and ties 2-4."""


def test_pairwise_agreement_by_hand() -> None:
    assert ordered_alike(JUDGE, PEOPLE) == Pairs(pairs=5, tied=1, alike=pytest.approx(3.5 / 5))


def test_pairs_within_groups_leave_out_pairs_across_and_sites_without_one() -> None:
    assert ordered_alike(JUDGE, PEOPLE, ["g", "g", "h", "h"]) == Pairs(2, 0, 0.5)
    assert ordered_alike(JUDGE, PEOPLE, [None] * 4) == Pairs(0, 0, None)


def test_bias_and_its_interval_by_hand() -> None:
    """Differences 0.5, 0.5, 1.5, -1.5: mean 0.25, standard deviation 1.25831; t of three degrees is 3.18245."""
    found = agreement(JUDGE, PEOPLE, [None] * 4)
    assert found.bias == 0.25
    assert found.bias_high == pytest.approx(0.25 + 3.18245 * 1.258306 / 2, rel=1e-5)
    assert found.bias_low == pytest.approx(0.25 - 3.18245 * 1.258306 / 2, rel=1e-5)
    assert found.error == pytest.approx((5 / 4) ** 0.5)


def test_kendall_by_hand() -> None:
    """Three concordant, one discordant; one pair tied by people, one by the judge: 2 / sqrt(5 * 5)."""
    assert agreement(JUDGE, PEOPLE, [None] * 4).kendall == pytest.approx(2 / 5)


def test_correlations_are_scipys() -> None:
    chance = random.Random(3)  # noqa: S311 - a seeded simulation
    people = [float(chance.randint(0, 5)) for _ in range(60)]
    judge = [min(5.0, max(0.0, grade + chance.gauss(0.3, 0.8))) for grade in people]
    found = agreement(judge, people, [None] * 60)
    assert found.pearson == pytest.approx(stats.pearsonr(judge, people).statistic)
    assert found.spearman == pytest.approx(stats.spearmanr(judge, people).statistic)
    assert found.kendall == pytest.approx(stats.kendalltau(judge, people).statistic)
    low, high = stats.ttest_rel(judge, people).confidence_interval(0.95)
    assert (found.bias_low, found.bias_high) == (pytest.approx(low), pytest.approx(high))
    assert found.pairs.alike == pytest.approx(stats.somersd(people, judge).statistic / 2 + 0.5)


def test_perfect_and_reversed_orders() -> None:
    grades = [1.0, 2.0, 3.0]
    same, other = agreement(grades, grades, "ggg"), agreement(grades, grades[::-1], "ggg")
    assert (same.pearson, same.pairs.alike, same.bias, same.bias_low) == (pytest.approx(1), 1.0, 0.0, 0.0)
    assert (other.spearman, other.pairs.alike, other.pairs_within.alike) == (pytest.approx(-1), 0.0, 0.0)


@pytest.mark.parametrize(("judge", "people"), [([2.0], [3.0]), ([2.0, 3.0], [3.0, 4.0]), ([2.0] * 5, [1.0] * 5)])
def test_what_too_little_says_nothing_of_is_none(judge: list[float], people: list[float]) -> None:
    found = agreement(judge, people, [None] * len(judge))
    assert (found.pearson, found.spearman, found.kendall) == (None, None, None)
    assert found.bias == judge[0] - people[0]


def test_a_judge_that_gives_one_grade_guesses() -> None:
    assert agreement([3.0] * 4, [1.0, 2.0, 3.0, 4.0], [None] * 4).pairs == Pairs(6, 6, 0.5)


def test_lists_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="same sites"):
        agreement([1.0], [1.0, 2.0], [None])
