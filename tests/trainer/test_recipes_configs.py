"""Every recipe that ships, with vLLM and without, is one that the installed TRL takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from trl import GRPOConfig, SFTConfig

from trainer_client.recipes.arguments import grpo_arguments, lora_arguments, sft_arguments
from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.dataset import examples
from trainer_client.recipes.files import RecipeError, load, shipped
from trainer_client.recipes.rows import read_rows
from trainer_client.recipes.running import adapters, configuration
from trainer_client.recipes.sections import Data, Model

NAMED = ("run=first", "data.train=[train.parquet]", "service.url=http://127.0.0.1:8080")
GRPO = [name for name in shipped() if name.startswith("grpo")]
SFT = [name for name in shipped() if name.startswith("sft")]


def grpo(name: str, folder: Path, *overrides: str) -> GrpoRecipe:
    recipe = load(name, [*NAMED, f"checkpoints.folder={folder}", "grpo.use_cpu=true", *overrides])
    assert isinstance(recipe, GrpoRecipe)
    return recipe


@pytest.mark.parametrize("name", GRPO)
def test_trl_takes_every_grpo_recipe(name: str, tmp_path: Path) -> None:
    recipe = grpo(name, tmp_path)
    settings = configuration(GRPOConfig, grpo_arguments(recipe))
    assert settings.generation_batch_size * recipe.processes == recipe.rollouts_per_step
    assert settings.use_vllm
    assert settings.vllm_mode == recipe.vllm.mode
    assert settings.warmup_steps == 0.03
    assert settings.max_completion_length > 512


@pytest.mark.parametrize("name", SFT)
def test_trl_takes_every_warm_up(name: str, tmp_path: Path) -> None:
    recipe = load(name, [*NAMED, f"checkpoints.folder={tmp_path}", "sft.use_cpu=true"])
    assert isinstance(recipe, SftRecipe)
    settings = configuration(SFTConfig, sft_arguments(recipe))
    assert (settings.max_length, settings.completion_only_loss) == (12288, True)


def test_the_papers_schedule_ends_at_a_tenth(tmp_path: Path) -> None:
    """As transformers makes it from the recipe's arguments."""
    import torch
    from transformers.optimization import get_scheduler

    settings = configuration(GRPOConfig, grpo_arguments(grpo("grpo", tmp_path)))
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=settings.learning_rate)
    steps = settings.max_steps
    schedule = get_scheduler(
        settings.lr_scheduler_type,
        optimizer,
        settings.get_warmup_steps(steps),
        steps,
        scheduler_specific_kwargs=settings.lr_scheduler_kwargs,
    )
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert max(rates) == pytest.approx(5e-6)
    assert rates.index(max(rates)) == settings.get_warmup_steps(steps) == 12
    assert rates[-1] == pytest.approx(5e-7, rel=0.01)


def test_what_trl_refuses_is_told(tmp_path: Path) -> None:
    bounds = grpo("grpo", tmp_path, "grpo.extra={vllm_importance_sampling_clip_min: 5.0}")
    with pytest.raises(RecipeError, match=r"TRL refuses the recipe.*clip_max"):
        configuration(GRPOConfig, grpo_arguments(bounds))
    misspelt = grpo("grpo", tmp_path, "grpo.extra={num_generation: 3}")
    with pytest.raises(RecipeError, match="'num_generation'; did you mean 'num_generations'"):
        configuration(GRPOConfig, grpo_arguments(misspelt))


def test_adapters_are_pefts() -> None:
    model = Model.model_validate({"name": "m", "lora": {"rank": 8, "target_modules": ["q_proj"]}})
    made = adapters(model)
    assert (made.r, made.target_modules) == (8, {"q_proj"})
    assert lora_arguments(Model(name="m")) is None


def test_parquet_in_the_benchmarks_shape(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [
        {"id": 1, "instruction": "Make a shop for hats", "ui_instruct": [{"task": ""}]},
        {"id": 2, "instruction": "Make a blog on trains", "ui_instruct": [{"task": ""}]},
    ]
    path = tmp_path / "train.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    found = examples(Data(train=[path]), answers=False)
    assert [(one.id, one.instruction) for one in found] == [(str(r["id"]), r["instruction"]) for r in rows]
    assert [row.where for row in read_rows(path)] == [f"{path}:0", f"{path}:1"]


def test_damaged_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "train.parquet"
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(RecipeError, match="no parquet"):
        examples(Data(train=[path]), answers=False)
