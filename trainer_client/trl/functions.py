"""The reward functions: plain coroutine functions, tied to their settings by `functools.partial`, so that they can be
pickled into the process in which the asynchronous GRPO trainer scores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Protocol, Unpack

from trainer_client.trl.batch import read_batch
from trainer_client.trl.rows import Row
from trainer_client.trl.scorer import Scorer
from trainer_client.trl.settings import Options, Settings


class RewardFunction(Protocol):
    """What TRL's ``reward_funcs`` takes. ``__name__`` names its metrics: ``rewards/webgen_reward/mean``."""

    __name__: str

    def __call__(
        self,
        *,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Sequence[int]] | None = None,
        **rest: Any,
    ) -> Awaitable[list[float | None]]: ...


def make_reward_function(url: str, run: str, profile: str | None = None, **options: Unpack[Options]) -> RewardFunction:
    """One number a rollout for ``GRPOTrainer(reward_funcs=...)``, ``RLOOTrainer`` and the asynchronous GRPO trainer:
    the profile's reward, or None where the service has none.

    Args:
        url: of the gateway.
        run: the training's name in the service. The profile's and the judge's versions are pinned to it.
        profile: name of the reward definition; the service's default where None.
        options: see `Settings`.

    The function raises `HeuristicJudge`, `TooManyNulls`, and what of `trainer_client.errors` does not go away by
    itself (a refused key, another version than the run is pinned to). A service that is away costs time, never an
    error: its rollouts get None.
    """
    return _tied(webgen_reward, Scorer(Settings(url, run, profile, **options)))


def make_component_functions(
    url: str,
    run: str,
    profile: str | None = None,
    *,
    names: Sequence[str] = ("appearance", "functional", "format"),
    **options: Unpack[Options],
) -> list[RewardFunction]:
    """One function a component, for those who weigh them in TRL (``reward_weights``). See `make_reward_function`.

    They share one evaluation a rollout. Where a rollout has no reward, all of them give None, and TRL leaves the row
    out of its group; a site that failed before a component was measured has 0 there. ``failure`` is the reward of
    those that did not render, and 0 for those that did: with it, failures keep the order that the profile gives them.

    Raises:
        ValueError: a name is none of `COMPONENTS`, or given twice.
    """
    wrong = [name for name in names if name not in COMPONENTS]
    if wrong or len(set(names)) < len(names):
        raise ValueError(f"names: {list(names)}: each once, from {', '.join(COMPONENTS)}")
    shown = tuple(name for name in names if name != failure.__name__)
    options.setdefault("components", shown)
    scorer = Scorer(Settings(url, run, profile, **options))
    return [_tied(COMPONENTS[name], scorer) for name in names]


async def webgen_reward(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return [row.reward for row in await _rows(scorer, "reward", told)]


async def appearance(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return await _component(scorer, "appearance", told)


async def functional(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return await _component(scorer, "functional", told)


async def format_(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return await _component(scorer, "format", told)


async def static(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return await _component(scorer, "static", told)


async def types(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return await _component(scorer, "types", told)


async def interaction(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return await _component(scorer, "interaction", told)


async def failure(scorer: Scorer, /, **told: Any) -> list[float | None]:
    return [_failure(row) for row in await _rows(scorer, "failure", told)]


# TRL names a function's metrics after it, and the builtin's name is taken here.
format_.__name__ = "format"

COMPONENTS = {f.__name__: f for f in (appearance, functional, format_, static, types, interaction, failure)}
"""Name -> the function behind it."""


def _tied(function: Callable[..., Awaitable[list[float | None]]], scorer: Scorer) -> RewardFunction:
    tied: Any = partial(function, scorer)
    # Earlier versions of TRL ask the partial itself for its name.
    tied.__name__ = function.__name__
    function_: RewardFunction = tied
    return function_


async def _component(scorer: Scorer, name: str, told: dict[str, Any]) -> list[float | None]:
    return [row.component(name) for row in await _rows(scorer, name, told)]


async def _rows(scorer: Scorer, asker: str, told: dict[str, Any]) -> list[Row]:
    rest = dict(told)
    prompts, completions = rest.pop("prompts"), rest.pop("completions")
    batch = read_batch(scorer.settings, prompts, completions, rest.pop("completion_ids", None), rest)
    return await scorer.rows(batch, asker)


def _failure(row: Row) -> float | None:
    rendered = row.evaluation is not None and row.evaluation.band == "rendered"
    return 0.0 if rendered and row.reward is not None else row.reward
