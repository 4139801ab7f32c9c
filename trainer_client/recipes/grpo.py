"""Reinforcement learning against the service, by TRL's `GRPOTrainer`.

accelerate launch -m trainer_client.recipes.grpo grpo run=first data.train=[train.parquet] service.url=http://...
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trainer_client.recipes.arguments import grpo_arguments
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.dataset import Kept, examples, prompts
from trainer_client.recipes.files import RecipeError
from trainer_client.recipes.prompts import api_key
from trainer_client.recipes.running import Start, adapters, command, configuration, counter, finish, start, told
from trainer_client.trl import RewardFunction, make_component_functions, make_reward_function, stop_callback
from trainer_client.trl.settings import Options


def train(recipe: GrpoRecipe) -> Path:
    """The folder of the finished model.

    Raises:
        RecipeError, ClientError: before anything is trained; or the service refused in a way that waiting will not
            mend (see `trainer_client.make_reward_function`). The newest checkpoint stays.
    """
    from trl import GRPOConfig

    found = examples(recipe.data, answers=False)
    settings = configuration(GRPOConfig, grpo_arguments(recipe))
    begun = start(recipe)
    kept = prompts(found, begun.prompt.text, counter(begun.tokenizer), recipe.data.max_prompt_tokens)
    return finish(_trainer(recipe, settings, begun, kept), recipe, begun)


def reward_functions(recipe: GrpoRecipe) -> list[RewardFunction]:
    """The profile's reward; or one function a component, in the order of their weights.

    Raises:
        RecipeError: there is no such component.
    """
    service = recipe.service
    options: Options = {
        "api_key": api_key(service),
        "accept_versions": service.accept_versions,
        "allow_heuristic": service.allow_heuristic,
        "deadline": service.deadline,
        "max_null_share": service.max_null_share,
        "on_nulls": service.on_nulls,
        "null_wait": service.null_wait,
        "min_group_share": service.min_group_share,
        "answer_prefix": service.answer_prefix,
    }
    try:
        if service.component_weights is None:
            return [make_reward_function(service.url, recipe.run, service.profile, **options)]
        names = tuple(service.component_weights)
        return make_component_functions(service.url, recipe.run, service.profile, names=names, **options)
    except ValueError as error:
        raise RecipeError(f"service: {error}") from error


def _trainer(recipe: GrpoRecipe, settings: Any, begun: Start, kept: Kept) -> Any:
    from datasets import Dataset
    from trl import GRPOTrainer

    functions = reward_functions(recipe)
    return GRPOTrainer(
        model=recipe.model.name,
        args=settings,
        reward_funcs=functions,
        train_dataset=Dataset.from_list(told(kept)),
        processing_class=begun.tokenizer,
        peft_config=adapters(recipe.model),
        callbacks=[stop_callback(functions[0]), *_tables(recipe, kept.rows)],
    )


def _tables(recipe: GrpoRecipe, rows: Sequence[dict[str, Any]]) -> list[Any]:
    from trainer_client.recipes.screenshots import screenshot_table

    return list(screenshot_table(recipe, {row["instruction_id"]: row["instruction"] for row in rows}))


if __name__ == "__main__":
    sys.exit(command(GrpoRecipe, train, sys.argv[1:]))
