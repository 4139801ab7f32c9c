"""A recipe as the arguments of TRL's configuration classes. Pure: the mapping is looked at without TRL.

Source of the names: `trl.GRPOConfig`, `trl.SFTConfig` and, below both, `transformers.TrainingArguments`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

from trainer_client.recipes.config import GrpoRecipe, SftRecipe, Training
from trainer_client.recipes.files import RecipeError
from trainer_client.recipes.sections import Model, Vllm

_OLDER = {"activation_checkpointing": "gradient_checkpointing"}
"""Name -> what it was called in older versions."""


def grpo_arguments(recipe: GrpoRecipe) -> dict[str, Any]:
    """Arguments of `trl.GRPOConfig`.

    Raises:
        RecipeError: ``grpo.extra`` repeats what a field of the recipe says.
    """
    sampling = recipe.generation.model_dump(exclude_none=True)
    given = _common(recipe) | _training(recipe.grpo) | sampling | _vllm(recipe.vllm) | _weights(recipe)
    return _with_extra(given | _logging(recipe), recipe.grpo.extra, "grpo.extra")


def sft_arguments(recipe: SftRecipe) -> dict[str, Any]:
    """Arguments of `trl.SFTConfig`. Losses are of completions alone, which are never cut.

    Raises:
        RecipeError: ``sft.extra`` repeats what a field of the recipe says.
    """
    given = _common(recipe) | _training(recipe.sft) | {"completion_only_loss": True}
    return _with_extra(given, recipe.sft.extra, "sft.extra")


def fitted(arguments: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The arguments under the names of the installed TRL's class, all of which are fields of it.

    Raises:
        RecipeError: one is not; the message says what it resembles.
    """
    result = {name if name in known else _OLDER.get(name, name): value for name, value in arguments.items()}
    for name in result:
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise RecipeError(f"the installed TRL knows no argument {name!r}{hint}")
    return result


def lora_arguments(model: Model) -> dict[str, Any] | None:
    """Arguments of `peft.LoraConfig`; None where the whole model is trained."""
    if model.lora is None:
        return None
    return {
        "r": model.lora.rank,
        "lora_alpha": model.lora.alpha,
        "lora_dropout": model.lora.dropout,
        "target_modules": model.lora.target_modules,
        "task_type": "CAUSAL_LM",
    }


def _common(recipe: SftRecipe | GrpoRecipe) -> dict[str, Any]:
    return {
        "output_dir": str(recipe.folder),
        "run_name": recipe.run,
        "model_init_kwargs": _model(recipe.model),
        "trust_remote_code": recipe.model.trust_remote_code,
        "save_strategy": "steps",
        "save_steps": recipe.checkpoints.save_steps,
        "save_total_limit": recipe.checkpoints.keep,
        "report_to": list(recipe.logging.report_to) or "none",
        "logging_steps": recipe.logging.logging_steps,
    }


def _model(model: Model) -> dict[str, Any]:
    wanted = {"dtype": model.dtype, "attn_implementation": model.attn_implementation, "revision": model.revision}
    return {name: value for name, value in wanted.items() if value is not None}


def _training(training: Training) -> dict[str, Any]:
    return training.model_dump(exclude={"extra"}, exclude_none=True)


def _logging(recipe: GrpoRecipe) -> dict[str, Any]:
    return {
        "log_completions": recipe.logging.log_completions,
        "num_completions_to_print": recipe.logging.num_completions_to_print,
    }


def _vllm(vllm: Vllm) -> dict[str, Any]:
    if vllm.mode == "none":
        return {"use_vllm": False}
    values = vllm.model_dump(exclude_none=True)
    return {"use_vllm": True} | {f"vllm_{name}": value for name, value in values.items()}


def _weights(recipe: GrpoRecipe) -> dict[str, Any]:
    weights = recipe.service.component_weights
    return {"reward_weights": list(weights.values())} if weights else {}


def _with_extra(given: dict[str, Any], extra: Mapping[str, Any], where: str) -> dict[str, Any]:
    if repeated := sorted(given.keys() & extra.keys()):
        raise RecipeError(f"{where}: {', '.join(repeated)}: has a field of its own in the recipe")
    return given | dict(extra)
