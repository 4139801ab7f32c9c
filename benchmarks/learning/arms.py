"""Where rewards come from, and what is done to them before the trainer sees them: one reward function each."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from benchmarks.learning.pieces import by_completion
from benchmarks.learning.worth import LOWEST, worth

Rewards = list[float | None]
Reward = Callable[..., Awaitable[Rewards]]


def foretold(noise: float, seed: int) -> Reward:
    """What the service would say, without asking it: the worth, and the judge's noise on what is judged."""
    chance = random.Random(seed)  # noqa: S311 - must repeat itself

    def one(text: str) -> float:
        combination = by_completion().get(text)
        if combination is None:
            return LOWEST
        known = worth(combination)
        return known.reward + (chance.gauss(0.0, noise) if known.judged else 0.0)

    async def foretold_reward(*, completions: Sequence[str], **_: Any) -> Rewards:
        said = {text: one(text) for text in sorted(set(completions))}
        return [said[text] for text in completions]

    return foretold_reward


def shuffled(inner: Reward, group: int, seed: int) -> Reward:
    """A control: the rewards of each group, handed out by chance."""
    chance = random.Random(seed)  # noqa: S311 - must repeat itself

    async def shuffled_reward(**told: Any) -> Rewards:
        rewards = await inner(**told)
        groups = [rewards[at : at + group] for at in range(0, len(rewards), group)]
        return [reward for one in groups for reward in chance.sample(one, len(one))]

    return shuffled_reward


def constant(value: float) -> Reward:
    """A control: every completion is worth the same."""

    async def constant_reward(*, completions: Sequence[str], **_: Any) -> Rewards:
        return [value for _ in completions]

    return constant_reward


def lost(inner: Reward, share: float, seed: int, *, style: str | None = None, instead: float | None = None) -> Reward:
    """Outages: a share of the rewards, of one style alone where that is given, is ``instead``."""
    chance = random.Random(seed)  # noqa: S311 - must repeat itself

    def hit(text: str) -> bool:
        combination = by_completion().get(text)
        meant = style is None or (combination is not None and combination.style == style)
        return meant and chance.random() < share

    async def lost_reward(*, completions: Sequence[str], **told: Any) -> Rewards:
        rewards = await inner(completions=completions, **told)
        return [instead if hit(text) else reward for text, reward in zip(completions, rewards, strict=True)]

    return lost_reward
