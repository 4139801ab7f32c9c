"""Checks of a recipe by itself: nothing is asked of the service, and neither TRL nor torch is loaded. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from trainer_client.preflight.check import Check, failure, ok, warning
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.trl.functions import COMPONENTS
from trainer_client.trl.scorer import Scorer

NEEDED_TRL = (1, 6)
"""Before it, a reward function's None silently became 0."""

TRL_LENGTH = 512
"""TRL's own ``max_completion_length``."""

SHORT = 4096
"""Tokens below which few whole sites fit: the paper trains with 8192."""

MARGIN = 0.9
"""Share of ``ddp_timeout`` that the waiting may take."""


def trl_version(installed: str | None) -> Check:
    """``installed`` is null where there is none."""
    wanted = ".".join(map(str, NEEDED_TRL))
    if installed is None:
        return failure("TRL", "not installed here", "pip install 'webgen-reward[trainer]' on the training machine")
    if _numbers(installed) < NEEDED_TRL:
        return failure(
            "TRL",
            f"{installed}: before {wanted} a missing reward silently counts as 0",
            f"pip install 'trl>={wanted}'",
        )
    return ok("TRL", installed)


def completion_length(recipe: GrpoRecipe) -> Check:
    name, length = "completion length", recipe.generation.max_completion_length
    if length <= TRL_LENGTH:
        return failure(
            name, f"{length} tokens: no site fits", "set generation.max_completion_length, 8192 in the paper"
        )
    if length < SHORT:
        return warning(name, f"{length} tokens: most whole sites are longer and would be cut", "8192 in the paper")
    return ok(name, f"{length} tokens")


def context_length(recipe: GrpoRecipe) -> Check:
    """Prompt and completion within what vLLM is given."""
    name, given = "context length", recipe.vllm.max_model_length
    if recipe.vllm.mode != "colocate" or given is None:
        return ok(name, "the model's own")
    prompt = recipe.data.max_prompt_tokens or 0
    needed = prompt + recipe.generation.max_completion_length
    if needed > given:
        return failure(
            name,
            f"vLLM takes {given} tokens; prompt and completion may have {needed}",
            f"set vllm.max_model_length to {needed}",
        )
    return ok(name, f"{given} tokens for at most {needed}")


def deadline(recipe: GrpoRecipe) -> Check:
    """The other ranks wait in a collective operation while one scores."""
    name, service, limit = "deadline", recipe.service, recipe.grpo.ddp_timeout
    longest = service.deadline + (service.null_wait if service.on_nulls.startswith("wait") else 0.0)
    told = f"rewards are waited for up to {longest:.0f} s"
    if recipe.processes == 1:
        return ok(name, f"{told}; one process, so no other waits with it")
    if longest >= limit:
        return failure(
            name,
            f"{told}, and the other ranks give up after ddp_timeout, {limit} s",
            "lower service.deadline or service.null_wait, or raise grpo.ddp_timeout",
        )
    if longest > MARGIN * limit:
        return warning(name, f"{told}, close to ddp_timeout, {limit} s", "raise grpo.ddp_timeout")
    return ok(name, f"{told}, below ddp_timeout, {limit} s")


def failure_order(recipe: GrpoRecipe) -> Check:
    """Components alone give a site that does not build and one without any source the same 0."""
    name, weights = "components", recipe.service.component_weights
    if weights is None:
        return ok(name, "the profile's reward")
    unknown = sorted(set(weights) - set(COMPONENTS))
    if unknown:
        return failure(name, f"{', '.join(unknown)}: no such component", f"there are {', '.join(COMPONENTS)}")
    if "failure" not in weights:
        return warning(
            name,
            "weighed in TRL, without `failure`: sites that fail early and late are worth the same",
            "add `failure: 1.0` to service.component_weights",
        )
    return ok(name, ", ".join(f"{name} {weight:g}" for name, weight in weights.items()))


def reward_functions(functions: Sequence[Callable[..., Any]]) -> Check:
    """TRL leaves a row out only where every function gave None; otherwise it sums what there is, so that a function of
    another's makes the missing reward a 0. And functions of ours that were made apart evaluate everything twice."""
    name = "reward functions"
    foreign = [title(function) for function in functions if _scorer(function) is None]
    if len(foreign) == len(functions):
        return failure(name, "none of them asks the service", "use trainer_client.make_reward_function")
    if foreign:
        return warning(
            name,
            f"{', '.join(foreign)} beside ours: what has no reward counts 0 in our place instead of being left out",
            "fold them into a component of a profile, or let them give None where ours does",
        )
    if len({id(_scorer(function)) for function in functions}) > 1:
        return warning(
            name,
            "made one by one: each evaluates every rollout again",
            "make them together: trainer_client.make_component_functions",
        )
    return ok(name, ", ".join(map(title, functions)))


def title(function: Callable[..., Any]) -> str:
    return str(getattr(function, "__name__", type(function).__name__))


def _scorer(function: Callable[..., Any]) -> Scorer | None:
    """What stands behind a function of ours."""
    found = next(iter(getattr(function, "args", ())), None)
    return found if isinstance(found, Scorer) else None


def of_recipe(recipe: GrpoRecipe, trl: str | None) -> Iterator[Check]:
    yield trl_version(trl)
    yield completion_length(recipe)
    yield context_length(recipe)
    yield deadline(recipe)
    yield failure_order(recipe)


def _numbers(version: str) -> tuple[int, ...]:
    """``1.16.0.dev0`` -> (1, 16, 0)."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
