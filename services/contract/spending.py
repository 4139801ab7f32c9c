"""What judging cost: tokens and money, of one evaluation, of one model in a run, of a run."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Spending(BaseModel):
    """Calls of a judge that its server answered, readable or not, and what they cost.

    Attributes:
        cost: in the currency; null where a model has no price, so that nobody knows. 0 says that it cost nothing.
        currency: by its three letters.
    """

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float | None = 0.0
    currency: str


class ModelSpending(Spending):
    """``model``: by the name that it is asked for under, which is the price table's."""

    model: str


class RunSpending(Spending):
    """What a run spent on judging, derived evaluations and tries that ended without a verdict included.

    Attributes:
        models: the same by model and, where it was changed on the way, by currency.
        budget: what the run may spend; null: as much as it likes.
        left: of the budget: never less than 0. Calls without a price are not in it.
    """

    models: list[ModelSpending] = Field(default_factory=list)
    budget: float | None = None
    left: float | None = None
