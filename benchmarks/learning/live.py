"""The service that trainings ask: an embedded stack that lints, builds and renders for real, with the looking VLM."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Unpack

from benchmarks.learning.arms import Reward, Rewards
from benchmarks.learning.eye import LookingVlm
from benchmarks.learning.pieces import Combination, all_combinations, by_completion
from benchmarks.learning.tokens import INSTRUCTION
from benchmarks.learning.worth import worth
from reward_api.embedded import EmbeddedStack
from services.rewards.profile import DEFAULT, built_in
from tests.support.stacks import running
from trainer_client import RewardClient
from trainer_client.trl import Options, make_reward_function

NOISE = 0.5
"""Standard deviation of one grading's error. A verdict is the mean of the profile's samples."""

VERDICT_NOISE = NOISE / math.sqrt(built_in()[DEFAULT].judge.samples)

LARGEST_ERROR = 6.0
"""Standard deviations of a verdict: a reward that is further off is no noise. Where a page's text was covered, the
lower of two gradings counts, and an error is on top of that."""


@dataclass(frozen=True, slots=True)
class Service:
    """What runs: the stack and the VLM behind its judge."""

    stack: EmbeddedStack
    vlm: LookingVlm


@contextmanager
def service(*, noise: float = NOISE, seed: int = 0, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    with LookingVlm(noise=noise, seed=seed) as vlm:
        judge = {
            "WEBGEN_JUDGE__BASE_URL": vlm.base_url,
            "WEBGEN_JUDGE__MODEL": "looking-vlm-1.0",
            "WEBGEN_JUDGE__ALLOW_ALIASES": "true",
        }
        with running(judge="vlm", environment=judge | dict(environment or {})) as stack:
            yield Service(stack, vlm)


def live(running_service: Service, run: str, **options: Unpack[Options]) -> Reward:
    """The real reward function, every number of which is held against what the combination is worth.

    Raises:
        AssertionError: from the training, where a reward is another than the combination's worth and noise.
    """
    inner = make_reward_function(running_service.stack.url, run, **options)
    noise = running_service.vlm.temper.noise / NOISE * VERDICT_NOISE

    async def live_reward(*, completions: Sequence[str], **told: Any) -> Rewards:
        rewards = await inner(completions=completions, **told)
        for text, reward in zip(completions, rewards, strict=True):
            combination = by_completion().get(text)
            if combination is not None and reward is not None:
                check(combination, reward, noise)
        return rewards

    return live_reward


def check(combination: Combination, reward: float, noise: float) -> None:
    """Raises `AssertionError`: the reward is another than the worth, beyond the noise of a verdict."""
    known = worth(combination)
    allowed = LARGEST_ERROR * noise if known.judged else 0.0
    assert abs(reward - known.reward) <= allowed + 1e-6, f"{combination}: {reward}, and should be {known.reward}"


def check_all(running_service: Service, *, run: str, every: bool) -> int:
    """Have combinations scored without noise and hold each against its worth: all there are, or all sites with the
    first way of thinking and, of the best site, every way of thinking. How many.

    Raises:
        AssertionError: one differs, or has no reward.
    """
    best = max(all_combinations(), key=lambda one: worth(one).reward)
    asked = [
        one for one in all_combinations() if every or one.think == best.think or one.variants[1:] == best.variants[1:]
    ]
    with RewardClient(running_service.stack.url) as client:
        rollouts = [{"instruction": INSTRUCTION, "completion": one.completion, "step": 0} for one in asked]
        rewards = client.score(rollouts, run=run, deadline=3_600.0).rewards
    for one, reward in zip(asked, rewards, strict=True):
        assert reward is not None, f"{one} has no reward"
        check(one, reward, 0.0)
    return len(asked)
