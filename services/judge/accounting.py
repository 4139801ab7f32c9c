"""What the judge's tokens cost. Pure.

Amounts are whole units of a ten-thousand-millionth (10^-10) of the currency: prices are per million tokens and have at
most four decimals, so every call's cost is a whole number of units and every sum is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fnmatch import fnmatchcase

from services.errors import JudgeError
from services.settings import JudgeCosts, Price

UNITS = 10**10
"""Units in one of the currency."""

_TOKENS_OF_A_PRICE = 10**6
MOST_TOKENS = 10**7
"""Of one call: what a server says beyond this is not believed, so that no sum leaves 64 bits."""


def price_of(model: str, costs: JudgeCosts) -> Price | None:
    """The price of a model by its name as it is asked for; None where the table has none."""
    if model in costs.prices:
        return costs.prices[model]
    matching = [pattern for pattern in costs.prices if fnmatchcase(model, pattern)]
    return costs.prices[max(matching, key=lambda pattern: (len(pattern), pattern))] if matching else None


def cost_of(price: Price, prompt_tokens: int, completion_tokens: int) -> int:
    """What one call cost, in units."""
    return _per_token(price.prompt) * prompt_tokens + _per_token(price.completion) * completion_tokens


def units(amount: Decimal) -> int:
    """An amount of the currency in units; anything finer is cut off."""
    return int(amount * UNITS)


def shown(amount: int) -> float:
    """Units as an amount of the currency, for answers: exact sums are made before."""
    return amount / UNITS


def believable(tokens: int) -> int:
    """A count of tokens that can be summed up: 0 to `MOST_TOKENS`."""
    return max(0, min(MOST_TOKENS, tokens))


def require_prices(models: Iterable[str], costs: JudgeCosts) -> None:
    """A budget can be kept only where every model has a price.

    Raises:
        JudgeError: naming the models without one, and the setting.
    """
    unpriced = sorted(model for model in set(models) if price_of(model, costs) is None)
    if costs.budget is not None and unpriced:
        names = ", ".join(map(repr, unpriced))
        raise JudgeError(
            f"a budget is set (WEBGEN_JUDGE_COSTS__BUDGET), and no price for {names}: add "
            f'WEBGEN_JUDGE_COSTS__PRICES=\'{{"{unpriced[0]}": {{"prompt": …, "completion": …}}}}\', both per million '
            f"tokens in {costs.currency}, or leave the budget out"
        )


def _per_token(price: Decimal) -> int:
    return int(price * UNITS) // _TOKENS_OF_A_PRICE
