"""All checks of a recipe, one after the other, as they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from secrets import token_hex
from typing import Any

from services.contract import RunStatistics
from trainer_client.client import RewardClient
from trainer_client.errors import ClientError, NotFound, Unauthorized
from trainer_client.flows import segment
from trainer_client.preflight import configuration, estimate, golden, service
from trainer_client.preflight.check import Check, failure, ok, skipped
from trainer_client.preflight.golden import Golden
from trainer_client.preflight.scored import Scored, score, trial
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.grpo import reward_functions
from trainer_client.recipes.prompts import SystemPrompt, client, drift, system_prompt


@dataclass(frozen=True, slots=True)
class Known:
    """What the service says before anything is scored."""

    profiles: Sequence[Mapping[str, Any]]
    scaffold: Mapping[str, Any]
    run: RunStatistics | None


def examine(
    recipe: GrpoRecipe,
    *,
    functions: Sequence[Callable[..., Any]] | None = None,
    offline: bool = False,
    group: Sequence[Golden] | None = None,
    rollouts: int = 8,
) -> Iterator[Check]:
    """Every check, as soon as it is known. What keeps one from being made is a check's failure, never an error.

    Args:
        functions: those that a script of one's own hands to TRL; the recipe's where None.
        offline: look at the recipe alone.
        group: completions to score; none at all where it is empty. The golden group where None.
        rollouts: size of the golden group.
    """
    yield from configuration.of_recipe(recipe, installed("trl"))
    try:
        yield configuration.reward_functions(reward_functions(recipe) if functions is None else functions)
    except ClientError as error:
        yield failure("reward functions", str(error))
        return
    if offline:
        yield skipped("service", "not asked")
        return
    with client(recipe.service) as asked:
        try:
            known = ask(asked, recipe)
        except ClientError as error:
            yield unreachable(recipe, error)
            return
        yield from _of_service(recipe, known)
        sent = golden.group(max(golden.LEAST, rollouts), token_hex(3)) if group is None else group
        yield from _of_group(recipe, known, sent, asked)


def installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def ask(asked: RewardClient, recipe: GrpoRecipe) -> Known:
    """Raises `ClientError`."""
    asked.ping()
    profiles, scaffold = asked.profiles(), asked.scaffold()
    try:
        run = asked.read(f"/v1/runs/{segment(recipe.run)}", RunStatistics)
    except NotFound:
        run = None
    return Known(profiles, scaffold, run)


def unreachable(recipe: GrpoRecipe, error: ClientError) -> Check:
    key = recipe.service.api_key_env
    if isinstance(error, Unauthorized):
        return failure("service", str(error), f"put a key with the scopes submit and read in {key}")
    return failure("service", f"{recipe.service.url}: {error}", "webgen-reward up, or a cluster's gateway")


def _of_service(recipe: GrpoRecipe, known: Known) -> Iterator[Check]:
    yield ok("service", f"{recipe.service.url} answers")
    yield service.profile(recipe.service.profile, known.profiles)
    yield service.prompt(_own_prompt(recipe), known.scaffold)
    used = _prompt(recipe, known)
    yield service.warm_up(drift(Path(recipe.model.name), used) if used else None)


def _own_prompt(recipe: GrpoRecipe) -> str | None:
    own = recipe.data.system_prompt
    return own.read_text("utf-8") if own and own.is_file() else None


def _prompt(recipe: GrpoRecipe, known: Known) -> SystemPrompt | None:
    """What the training will ask with."""
    if recipe.data.system_prompt is None:
        return SystemPrompt(str(known.scaffold["system_prompt"]), str(known.scaffold["version"]))
    try:
        return system_prompt(recipe)
    except ClientError:
        return None


def _of_group(recipe: GrpoRecipe, known: Known, sent: Sequence[Golden], asked: RewardClient) -> Iterator[Check]:
    if not sent:
        yield skipped("golden group", "not scored; judge, run and seconds a step are known only after it")
        return
    tried = trial(recipe)
    prompt = _prompt(recipe, known)
    try:
        found = score(tried, reward_functions(tried), sent, prompt.text if prompt else "", asked)
    except ClientError as error:
        yield failure("golden group", f"{type(error).__name__}: {error}")
        return
    yield from of_scored(recipe, known, found)


def of_scored(recipe: GrpoRecipe, known: Known, found: Scored) -> Iterator[Check]:
    """What a scored group tells."""
    graded = [evaluation for evaluation in found.evaluations if evaluation.judge]
    yield golden.outcomes(found.sent, found.evaluations)
    yield golden.order(found.sent, found.rewards)
    yield service.judge(graded, allow_heuristic=recipe.service.allow_heuristic)
    yield golden.taste(found.sent, found.evaluations)
    versions = graded[0].versions if graded else {}
    pins = service.Pins(service.profile_hash(recipe.service.profile, known.profiles), versions)
    yield service.run_pins(recipe.run, known.run, pins, accept=recipe.service.accept_versions)
    rollouts = recipe.rollouts_per_step
    yield estimate.step_seconds(estimate.timing(found.evaluations), rollouts, recipe.service.deadline)
    yield estimate.step_cost(graded, rollouts, recipe.grpo.max_steps)
