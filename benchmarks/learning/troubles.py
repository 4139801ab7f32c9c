"""What goes wrong during a training, on purpose, in the middle of a step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.learning.arms import Reward, Rewards
from benchmarks.learning.live import Service
from services.stages import ORDER, Stage
from tests.support.stacks import RecordsView, wait_until

Trouble = Callable[[], object]


def during(inner: Reward, troubles: Mapping[int, Trouble], others: Mapping[int, Reward]) -> Reward:
    """The reward function, with a trouble beside the call of a step (the first is 0); another function where one is
    given for the step."""
    calls = 0

    async def troubled_reward(**told: Any) -> Rewards:
        nonlocal calls
        step, calls = calls, calls + 1
        function = others.get(step, inner)
        if step not in troubles:
            return await function(**told)
        rewards, _ = await asyncio.gather(function(**told), asyncio.to_thread(troubles[step]))
        return rewards

    return troubled_reward


def kill_builder(running: Service) -> None:
    """SIGKILL a process that is building right now."""
    with RecordsView(running.stack) as records:
        wait_until(lambda: records.kill_holder(Stage.BUILD) is not None, "a build could be killed")


def kill_gateway(running: Service) -> None:
    """SIGKILL the gateway while evaluations are worked on; the stack starts another."""
    with RecordsView(running.stack) as records:
        wait_until(lambda: any(records.holder(stage) for stage in ORDER), "something is worked on")
    running.stack.kill("gateway")
