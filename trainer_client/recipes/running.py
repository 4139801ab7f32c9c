"""What both recipes do around TRL's trainers. The only module of the recipes that starts anything."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from trainer_client.errors import ClientError
from trainer_client.recipes.arguments import fitted, lora_arguments
from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.dataset import CountTokens, Kept, Message
from trainer_client.recipes.files import RecipeError, load, shipped
from trainer_client.recipes.prompts import SystemPrompt, drift, system_prompt, write_record
from trainer_client.recipes.resume import checkpoint
from trainer_client.recipes.sections import Model

LOGGER = logging.getLogger("webgen.recipes")
FINAL = "final"
"""Folder of the finished model, within the run's."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is settled before a model is loaded. ``resume``: a checkpoint to go on from."""

    prompt: SystemPrompt
    tokenizer: Any
    resume: Path | None


def start(recipe: SftRecipe | GrpoRecipe) -> Start:
    """Everything that can be refused is refused here.

    Raises:
        RecipeError: the number of processes, the tokenizer, the prompt or the checkpoint does not fit.
        ClientError: the service cannot be asked for its prompt.
    """
    _check_processes(recipe)
    recipe.folder.mkdir(parents=True, exist_ok=True)
    prompt, resume = system_prompt(recipe), checkpoint(recipe)
    if resume and (changed := drift(recipe.folder, prompt)):
        raise RecipeError(f"{changed}: a run goes on with the prompt that it began with")
    if changed := drift(Path(recipe.model.name), prompt):
        LOGGER.warning("%s", changed)
    return Start(prompt, tokenizer(recipe.model), resume)


@contextmanager
def surroundings(recipe: SftRecipe | GrpoRecipe) -> Iterator[None]:
    """`environment` for as long as the training takes; what is set already is left as it is."""
    added = {name: value for name, value in environment(recipe).items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def environment(recipe: SftRecipe | GrpoRecipe) -> Mapping[str, str]:
    """Variables of TensorBoard and W&B: all of a run lies in its folder, and what goes on after a stop goes on in the
    same plots."""
    return {
        "TENSORBOARD_LOGGING_DIR": str(recipe.folder / "tensorboard"),
        "WANDB_DIR": str(recipe.folder),
        "WANDB_DATA_DIR": str(recipe.folder / "wandb"),
        "WANDB_PROJECT": recipe.logging.wandb_project,
        "WANDB_RUN_ID": recipe.run,
        "WANDB_RESUME": "allow",
    }


def tokenizer(model: Model) -> Any:
    """With a chat template: the model's, or the one that the recipe names.

    Raises:
        RecipeError: there is none.
    """
    from transformers import AutoTokenizer

    options = {"revision": model.revision, "trust_remote_code": model.trust_remote_code}
    found = AutoTokenizer.from_pretrained(model.name, **options)
    if model.chat_template and model.chat_template.is_dir():
        found.chat_template = AutoTokenizer.from_pretrained(model.chat_template).chat_template
    elif model.chat_template:
        found.chat_template = model.chat_template.read_text("utf-8")
    if not found.chat_template:
        raise RecipeError(f"{model.name}: its tokenizer has no chat template; name one as model.chat_template")
    return found


def counter(tokenizer: Any) -> CountTokens:
    """Counts tokens as the trainer will make them."""

    def count(messages: Sequence[Message]) -> int:
        asked = messages[-1]["role"] == "user"
        encoded = tokenizer.apply_chat_template(list(messages), add_generation_prompt=asked, return_dict=True)
        return len(encoded["input_ids"])

    return count


def configuration(kind: type, arguments: Mapping[str, Any]) -> Any:
    """An object of TRL's configuration class.

    Raises:
        RecipeError: it knows an argument not, or refuses its value.
    """
    known = fitted(arguments, {field.name for field in fields(kind)})
    try:
        settings = kind(**known)
    except ValueError as error:
        raise RecipeError(f"TRL refuses the recipe: {error}") from error
    if settings.n_gpu > 1:
        raise RecipeError(
            f"one process sees {settings.n_gpu} GPUs: launch one for each (accelerate launch --num_processes N, "
            "processes=N), or let it see one (CUDA_VISIBLE_DEVICES=0)"
        )
    return settings


def adapters(model: Model) -> Any:
    """`peft.LoraConfig`, or None where the whole model is trained."""
    arguments = lora_arguments(model)
    if arguments is None:
        return None
    from peft import LoraConfig

    return LoraConfig(**arguments)


def told(kept: Kept) -> list[dict[str, Any]]:
    """The rows, after their number is logged."""
    LOGGER.info("%d rows; %d were left out as too long", len(kept.rows), kept.too_long)
    return kept.rows


def finish(trainer: Any, recipe: SftRecipe | GrpoRecipe, begun: Start) -> Path:
    """Train, and save the model with its tokenizer and the record of its prompt; where that is."""
    final = recipe.folder / FINAL
    if trainer.is_world_process_zero():
        write_record(recipe.folder, begun.prompt)
    trainer.train(resume_from_checkpoint=str(begun.resume) if begun.resume else None)
    trainer.save_model(str(final))
    if trainer.is_world_process_zero():
        write_record(final, begun.prompt)
    return final


def command(kind: type[SftRecipe | GrpoRecipe], train: Callable[[Any], Path], arguments: Sequence[str]) -> int:
    """The command line of one recipe: a file, or the name of one that ships, and overrides. 0, or 1 after an error."""
    parser = argparse.ArgumentParser(description=f"Recipes that ship: {', '.join(shipped())}.")
    parser.add_argument("recipe", help="a YAML file, or the name of a recipe that ships")
    parser.add_argument("overrides", nargs="*", help="section.key=value", metavar="section.key=value")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        recipe = load(given.recipe, given.overrides)
        if not isinstance(recipe, kind):
            raise RecipeError(f"{given.recipe} is a recipe of the kind {recipe.recipe!r}")
        with surroundings(recipe):
            LOGGER.info("the model is in %s", train(recipe))
    except ClientError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _check_processes(recipe: SftRecipe | GrpoRecipe) -> None:
    running = int(os.environ.get("WORLD_SIZE", "1"))
    if running != recipe.processes:
        raise RecipeError(
            f"the recipe's batch sizes are meant for {recipe.processes} processes, and {running} run: "
            f"accelerate launch --num_processes {recipe.processes}, or change `processes` and the batch sizes"
        )
