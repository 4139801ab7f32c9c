"""What GRPO makes of a group's rewards, as TRL computes it (``GRPOTrainer``, ``scale_rewards``)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from statistics import fmean, stdev

EPSILON = 1e-4
"""TRL's, added to the standard deviation."""

Rewards = Sequence[float | None]


class Scale(StrEnum):
    """What the distance from the group's mean is divided by: the group's standard deviation, that of all rewards of
    the step, or nothing."""

    GROUP = "group"
    BATCH = "batch"
    NONE = "none"


def advantages(group: Rewards, scale: Scale, step: Rewards = ()) -> list[float | None]:
    """One for each reward, in order; None for those without: they are left out of the loss.

    Args:
        step: all rewards of the step, the group's among them; for `Scale.BATCH`.

    A standard deviation of fewer than two rewards does not exist, and the advantage is 0 then, as in TRL.
    """
    known = [reward for reward in group if reward is not None]
    if not known:
        return [None] * len(group)
    mean, divisor = fmean(known), _divisor(known, scale, step)
    return [None if reward is None else (reward - mean) / divisor if divisor else 0.0 for reward in group]


def _divisor(group: Sequence[float], scale: Scale, step: Rewards) -> float | None:
    if scale is Scale.NONE:
        return 1.0
    rewards = [reward for reward in step if reward is not None] if scale is Scale.BATCH else group
    return stdev(rewards) + EPSILON if len(rewards) > 1 else None
