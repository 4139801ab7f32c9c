"""The warm-up: supervised training on answers that have the format.

accelerate launch -m trainer_client.recipes.sft sft run=warm-up data.train=[answers.jsonl] service.url=http://...
"""

from __future__ import annotations

import sys
from pathlib import Path

from trainer_client.recipes.arguments import sft_arguments
from trainer_client.recipes.config import SftRecipe
from trainer_client.recipes.dataset import conversations, examples
from trainer_client.recipes.running import adapters, command, configuration, counter, finish, start, told


def train(recipe: SftRecipe) -> Path:
    """The folder of the finished model.

    Raises:
        RecipeError, ClientError: before anything is trained.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    found = examples(recipe.data, answers=True)
    settings = configuration(SFTConfig, sft_arguments(recipe))
    begun = start(recipe)
    count = counter(begun.tokenizer)
    kept = conversations(found, begun.prompt.text, count, recipe.data.max_prompt_tokens, recipe.sft.max_length)
    trainer = SFTTrainer(
        model=recipe.model.name,
        args=settings,
        train_dataset=Dataset.from_list(told(kept)),
        processing_class=begun.tokenizer,
        peft_config=adapters(recipe.model),
    )
    return finish(trainer, recipe, begun)


if __name__ == "__main__":
    sys.exit(command(SftRecipe, train, sys.argv[1:]))
