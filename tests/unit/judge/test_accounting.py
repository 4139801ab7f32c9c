"""What tokens cost: exact sums, the right price, and no budget that cannot be kept."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import JudgeError
from services.judge.accounting import UNITS, believable, cost_of, price_of, require_prices, shown, units
from services.settings import JudgeCosts, Price

CHEAP = Price(prompt=Decimal("0.15"), completion=Decimal("0.6"))
DEAR = Price(prompt=Decimal("2.5"), completion=Decimal("10"))

amounts = st.decimals(min_value=0, max_value=9_999, places=4)
tokens = st.integers(min_value=0, max_value=10_000_000)


def table(**options: object) -> JudgeCosts:
    return JudgeCosts.model_validate({"prices": {"gpt-4o-*": DEAR, "gpt-4o-mini-*": CHEAP, "own": DEAR}} | options)


def test_a_million_tokens_cost_their_price() -> None:
    assert shown(cost_of(DEAR, 1_000_000, 0)) == 2.5
    assert shown(cost_of(DEAR, 0, 1_000_000)) == 10
    assert shown(cost_of(CHEAP, 3_315, 200)) == 0.00061725


@given(amounts, amounts, st.lists(st.tuples(tokens, tokens), max_size=20))
def test_sums_of_calls_are_exact(prompt: Decimal, completion: Decimal, calls: list[tuple[int, int]]) -> None:
    price = Price(prompt=prompt, completion=completion)
    total = sum(cost_of(price, *call) for call in calls)
    exact = sum((prompt * taken + completion * given_out) / 1_000_000 for taken, given_out in calls)
    assert Decimal(total) / UNITS == exact


@pytest.mark.parametrize(
    ("model", "price"),
    [("own", DEAR), ("gpt-4o-2024-08-06", DEAR), ("gpt-4o-mini-2024-07-18", CHEAP), ("OWN", None), ("gpt-5", None)],
)
def test_the_exact_name_counts_and_then_the_longest_that_matches(model: str, price: Price | None) -> None:
    assert price_of(model, table()) == price
    assert price_of(model, table(prices={"*": CHEAP, model: DEAR})) == DEAR


def test_a_budget_with_a_model_without_a_price_is_refused_by_the_names_of_both_settings() -> None:
    require_prices(["own"], table(budget=Decimal(5)))
    require_prices(["gpt-5"], table())
    with pytest.raises(JudgeError) as caught:
        require_prices(["own", "gpt-5"], table(budget=Decimal(5)))
    for part in ("WEBGEN_JUDGE_COSTS__BUDGET", "WEBGEN_JUDGE_COSTS__PRICES", '"gpt-5"', "USD"):
        assert part in str(caught.value)
    assert "'own'" not in str(caught.value)


def test_a_price_finer_than_a_sum_could_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="4 decimal places"):
        Price(prompt=Decimal("0.00001"), completion=Decimal(1))


def test_what_a_server_says_is_believed_within_bounds() -> None:
    assert [believable(count) for count in (-5, 7, 10**30)] == [0, 7, 10_000_000]
    assert units(Decimal("1.25")) == 12_500_000_000
