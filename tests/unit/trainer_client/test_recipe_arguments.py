"""A recipe as arguments of TRL's classes, and where training goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trainer_client.recipes.arguments import fitted, grpo_arguments, lora_arguments, sft_arguments
from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.files import RecipeError, load
from trainer_client.recipes.grpo import reward_functions
from trainer_client.recipes.prompts import SystemPrompt, api_key, drift, write_record
from trainer_client.recipes.resume import checkpoint, newest_checkpoint

NAMED = ("run=first", "data.train=[train.parquet]", "service.url=http://127.0.0.1:8080")


def grpo(*overrides: str, name: str = "grpo") -> GrpoRecipe:
    recipe = load(name, [*NAMED, *overrides])
    assert isinstance(recipe, GrpoRecipe)
    return recipe


def sft(*overrides: str) -> SftRecipe:
    recipe = load("sft", [*NAMED, *overrides])
    assert isinstance(recipe, SftRecipe)
    return recipe


def test_generation_and_training_go_to_trl_under_its_names() -> None:
    arguments = grpo_arguments(grpo("model.dtype=bfloat16", "model.revision=abc"))
    assert arguments["num_generations"] == 16
    assert arguments["max_completion_length"] == 8192
    assert arguments["lr_scheduler_kwargs"] == {"min_lr_rate": 0.1}
    assert arguments["output_dir"] == "runs/first"
    assert arguments["model_init_kwargs"] == {
        "dtype": "bfloat16",
        "attn_implementation": "sdpa",
        "revision": "abc",
    }


def test_vllm_goes_to_trl_under_its_prefix() -> None:
    colocate = grpo_arguments(grpo())
    assert colocate["use_vllm"] is True
    assert (colocate["vllm_mode"], colocate["vllm_enable_sleep_mode"]) == ("colocate", True)
    server = grpo_arguments(grpo(name="grpo-server"))
    assert (server["vllm_mode"], server["vllm_server_base_url"]) == ("server", "http://127.0.0.1:8000")
    without = grpo_arguments(grpo("vllm.mode=none"))
    assert without["use_vllm"] is False
    assert not [name for name in without if name.startswith("vllm_")]


def test_weights_of_components_go_to_trl_in_their_order() -> None:
    assert "reward_weights" not in grpo_arguments(grpo())
    weighted = grpo("service.component_weights={appearance: 1.0, format: 0.1}")
    assert grpo_arguments(weighted)["reward_weights"] == [1.0, 0.1]


def test_the_warm_up_learns_answers_alone_and_whole() -> None:
    arguments = sft_arguments(sft())
    assert (arguments["completion_only_loss"], arguments["max_length"]) == (True, 12288)


def test_nothing_is_reported_where_nothing_is_asked_for() -> None:
    assert grpo_arguments(grpo("logging.report_to=[]"))["report_to"] == "none"
    assert grpo_arguments(grpo("logging.report_to=[wandb]"))["report_to"] == ["wandb"]


def test_extra_arguments_are_added_and_never_replace_a_field() -> None:
    assert grpo_arguments(grpo("grpo.extra={top_entropy_quantile: 0.2}"))["top_entropy_quantile"] == 0.2
    with pytest.raises(RecipeError, match=r"grpo\.extra: beta, num_generations: has a field of its own"):
        grpo_arguments(grpo("grpo.extra={beta: 0.1, num_generations: 4}"))


def test_an_argument_that_trl_does_not_know_is_named() -> None:
    with pytest.raises(RecipeError, match="'scale_reward'; did you mean 'scale_rewards'"):
        fitted({"scale_reward": 1}, {"scale_rewards"})


def test_older_versions_get_their_own_name() -> None:
    assert fitted({"activation_checkpointing": True}, {"gradient_checkpointing"}) == {"gradient_checkpointing": True}
    both = {"gradient_checkpointing", "activation_checkpointing"}
    assert fitted({"activation_checkpointing": True}, both) == {"activation_checkpointing": True}


def test_adapters_where_they_are_asked_for() -> None:
    assert lora_arguments(grpo().model) is None
    arguments = lora_arguments(grpo("model.lora={rank: 8, alpha: 16}").model)
    assert arguments is not None
    assert (arguments["r"], arguments["lora_alpha"], arguments["target_modules"]) == (8, 16, "all-linear")


def test_the_key_is_in_the_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBGEN_API_KEY", raising=False)
    assert api_key(grpo().service) is None
    monkeypatch.setenv("OTHER", "secret")
    assert api_key(grpo("service.api_key_env=OTHER").service) == "secret"


def test_what_the_recipe_says_of_the_service_reaches_the_reward_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBGEN_API_KEY", "secret")
    told: dict[str, object] = {"deadline": 300.0, "null_wait": 60.0, "max_null_share": 0.2, "min_group_share": 0.75}
    told |= {"on_nulls": "stop", "allow_heuristic": True, "accept_versions": True, "answer_prefix": "<think>"}
    recipe = grpo(*(f"service.{name}={json.dumps(value)}" for name, value in told.items()))
    settings = reward_functions(recipe)[0].args[0].settings  # type: ignore[attr-defined]
    assert {name: getattr(settings, name) for name in told} == told
    assert (settings.url, settings.run, settings.profile) == ("http://127.0.0.1:8080", "first", "webgen-r1")
    assert settings.api_key == "secret"


def test_weighted_components_are_a_function_each_in_their_order() -> None:
    weighted = grpo("service.component_weights={format: 0.1, appearance: 1.0}")
    assert [function.__name__ for function in reward_functions(weighted)] == ["format", "appearance"]
    with pytest.raises(RecipeError, match="beauty"):
        reward_functions(grpo("service.component_weights={beauty: 1.0}"))


def make_checkpoint(folder: Path, step: int, *, whole: bool = True) -> Path:
    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    if whole:
        (path / "trainer_state.json").write_text("{}")
    return path


def test_training_goes_on_from_the_newest_whole_checkpoint(tmp_path: Path) -> None:
    recipe = grpo(f"checkpoints.folder={tmp_path}")
    assert checkpoint(recipe) is None
    make_checkpoint(tmp_path, 50)
    newest = make_checkpoint(tmp_path, 100)
    make_checkpoint(tmp_path, 150, whole=False)
    assert checkpoint(recipe) == newest


def test_a_checkpoint_can_be_named_and_must_be_one(tmp_path: Path) -> None:
    first = make_checkpoint(tmp_path, 50)
    make_checkpoint(tmp_path, 100)
    assert checkpoint(grpo(f"checkpoints.folder={tmp_path}", f"checkpoints.resume={first}")) == first
    with pytest.raises(RecipeError, match="is no checkpoint"):
        checkpoint(grpo(f"checkpoints.resume={tmp_path}"))


def test_a_new_run_does_not_go_on_by_mistake(tmp_path: Path) -> None:
    never = grpo(f"checkpoints.folder={tmp_path}", "checkpoints.resume=never")
    assert checkpoint(never) is None
    make_checkpoint(tmp_path, 50)
    with pytest.raises(RecipeError, match="checkpoint-50: name another run"):
        checkpoint(never)


def test_other_folders_are_no_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "checkpoint-last").mkdir()
    (tmp_path / "checkpoint-last" / "trainer_state.json").write_text("{}")
    assert newest_checkpoint(tmp_path) is None


def test_a_model_remembers_the_prompt_that_it_was_trained_with(tmp_path: Path) -> None:
    asked = SystemPrompt("Write a site.", "scaffold-1")
    assert drift(tmp_path, asked) is None
    write_record(tmp_path, asked)
    assert drift(tmp_path, SystemPrompt("Write a site.", "scaffold-2")) is None
    changed = drift(tmp_path, SystemPrompt("Write a page.", "scaffold-2"))
    assert changed is not None
    assert "scaffold-1; the prompt now is scaffold-2" in changed
