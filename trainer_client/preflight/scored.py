"""The golden group through the real path: the recipe's own reward functions, called as TRL calls them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from services.contract import Evaluation, EvaluationPage
from trainer_client.client import RewardClient
from trainer_client.errors import ClientError
from trainer_client.flows import segment
from trainer_client.preflight.golden import INSTRUCTION, Golden
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.trl import RewardFunction


@dataclass(frozen=True, slots=True)
class Scored:
    """What came of the group, in the order sent.

    Attributes:
        rewards: as the trainer would get them, weighed where the recipe weighs components.
        metrics: names under which figures were logged.
    """

    sent: Sequence[Golden]
    rewards: Sequence[float | None]
    evaluations: Sequence[Evaluation]
    metrics: Sequence[str]


def trial(recipe: GrpoRecipe) -> GrpoRecipe:
    """The same recipe in a run of its own, which fails at nothing that a check tells better."""
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    service = recipe.service.model_copy(update={"allow_heuristic": True, "on_nulls": "continue"})
    return recipe.model_copy(update={"run": f"preflight-{recipe.run[:60]}-{stamp}", "service": service})


def score(
    recipe: GrpoRecipe, functions: Sequence[RewardFunction], sent: Sequence[Golden], prompt: str, client: RewardClient
) -> Scored:
    """Call the functions as the trainer does, then read what the service has of it.

    Args:
        recipe: of `trial`, to which the functions are tied.

    Raises:
        ClientError: the service refused, or cannot be asked.
    """
    metrics: list[str] = []
    told = _told(sent, prompt) | {"log_metric": lambda name, _: metrics.append(name), "log_extra": lambda *_: None}
    columns = asyncio.run(_all(functions, told))
    weights = recipe.service.component_weights
    rewards = weighed(columns, list(weights.values()) if weights else [1.0] * len(columns))
    return Scored(sent, rewards, evaluations(client, recipe.run), metrics)


async def _all(functions: Sequence[RewardFunction], told: dict[str, Any]) -> list[list[float | None]]:
    return list(await asyncio.gather(*(function(**told) for function in functions)))


def _told(sent: Sequence[Golden], prompt: str) -> dict[str, Any]:
    """Keyword arguments of TRL: chat messages, token ids, the trainer's state and the dataset's columns."""
    asked = [{"role": "system", "content": prompt}, {"role": "user", "content": INSTRUCTION}]
    return {
        "prompts": [asked for _ in sent],
        "completions": [[{"role": "assistant", "content": golden.completion}] for golden in sent],
        "completion_ids": [[0] * (len(golden.completion) // 4) for golden in sent],
        "instruction": [INSTRUCTION for _ in sent],
        "trainer_state": SimpleNamespace(global_step=0),
    }


def weighed(columns: Sequence[Sequence[float | None]], weights: Sequence[float]) -> list[float | None]:
    """As TRL sums several functions: a row without any value has no reward."""
    return [_sum(row, weights) for row in zip(*columns, strict=True)]


def _sum(row: Sequence[float | None], weights: Sequence[float]) -> float | None:
    known = [value * weight for value, weight in zip(row, weights, strict=True) if value is not None]
    return sum(known) if known else None


def evaluations(client: RewardClient, run: str) -> list[Evaluation]:
    """Everything of a small run, in the order of the samples; nothing where the service has none of it."""
    try:
        page = client.read(f"/v1/runs/{segment(run)}/evaluations?limit=100", EvaluationPage)
    except ClientError:
        return []
    return sorted(page.evaluations, key=lambda evaluation: evaluation.sample or 0)
