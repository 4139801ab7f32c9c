"""Recipe files: what ships is whole, one file may extend another, and mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.files import RecipeError, load, shipped

NAMED = ("run=first", "data.train=[train.parquet]", "service.url=http://127.0.0.1:8080")


def grpo(name: str, *overrides: str) -> GrpoRecipe:
    recipe = load(name, [*NAMED, *overrides])
    assert isinstance(recipe, GrpoRecipe)
    return recipe


def test_what_ships_needs_a_run_data_and_an_address_and_nothing_else() -> None:
    assert shipped() == ["grpo", "grpo-one-gpu", "grpo-practice", "grpo-server", "sft", "sft-one-gpu"]
    for name in shipped():
        assert load(name, NAMED).run == "first"


def test_the_papers_hyper_parameters() -> None:
    recipe = grpo("grpo")
    training, sampling = recipe.grpo, recipe.generation
    assert (sampling.num_generations, sampling.max_completion_length, sampling.temperature) == (16, 8192, 1.0)
    assert (training.beta, training.epsilon, training.learning_rate) == (0.01, 0.2, 5e-6)
    assert (training.lr_scheduler_type, training.lr_scheduler_kwargs) == ("cosine_with_min_lr", {"min_lr_rate": 0.1})
    assert (training.warmup_steps, training.max_steps, training.scale_rewards) == (0.03, 400, "group")
    assert (recipe.rollouts_per_step, recipe.data.max_prompt_tokens) == (2 * 8 * 8, 4096)
    assert recipe.service.profile == "webgen-r1"


def test_the_papers_warm_up() -> None:
    recipe = load("sft", NAMED)
    assert isinstance(recipe, SftRecipe)
    assert (recipe.sft.learning_rate, recipe.sft.num_train_epochs) == (1e-5, 2)


def test_variants_differ_from_the_paper_where_they_say_so_and_nowhere_else() -> None:
    paper, practice, one = grpo("grpo"), grpo("grpo-practice"), grpo("grpo-one-gpu")
    assert (practice.grpo.scale_rewards, practice.service.profile) == ("batch", "cascade")
    assert practice.generation == paper.generation
    assert practice.grpo.learning_rate == paper.grpo.learning_rate
    assert (one.processes, one.rollouts_per_step, one.grpo.scale_rewards) == (1, 16, "batch")
    assert grpo("grpo-server").vllm.mode == "server"


def test_a_file_extends_one_that_ships_or_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("extends: grpo\nrun: base\ngrpo: {beta: 0.5, epsilon: 0.3}\n")
    mine = tmp_path / "mine.yaml"
    mine.write_text("extends: base.yaml\ngrpo: {beta: 0.04}\n")
    recipe = load(mine, NAMED[1:])
    assert isinstance(recipe, GrpoRecipe)
    assert (recipe.run, recipe.grpo.beta, recipe.grpo.epsilon, recipe.grpo.max_steps) == ("base", 0.04, 0.3, 400)


def test_files_in_a_circle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("extends: b.yaml\n")
    (tmp_path / "b.yaml").write_text("extends: a.yaml\n")
    with pytest.raises(RecipeError, match="circle"):
        load(tmp_path / "a.yaml")


def test_overrides_are_read_as_yaml() -> None:
    recipe = grpo("grpo", "grpo.learning_rate=2e-6", "data.limit=10", "model.attn_implementation=null")
    assert (recipe.grpo.learning_rate, recipe.data.limit, recipe.model.attn_implementation) == (2e-6, 10, None)
    assert grpo("grpo", "grpo.extra={adam_epsilon: 1e-9}").grpo.extra == {"adam_epsilon": 1e-9}


@pytest.mark.parametrize("override", ["beta", "=1", "grpo..beta=1"])
def test_what_is_no_override_is_refused(override: str) -> None:
    with pytest.raises(RecipeError, match=r"section\.key=value"):
        load("grpo", [*NAMED, override])


def test_every_mistake_is_named_by_its_place() -> None:
    with pytest.raises(RecipeError) as caught:
        load("grpo", [*NAMED, "grpo.beeta=1", "vllm.mode=colocated", "generation.temperature=0"])
    told = str(caught.value)
    assert "grpo.beeta: Extra inputs" in told
    assert "vllm.mode: Input should be" in told
    assert "generation.temperature: Input should be greater" in told


def test_a_step_holds_whole_groups() -> None:
    with pytest.raises(RecipeError, match="no whole number of groups of 12"):
        grpo("grpo", "generation.num_generations=12")


def test_a_server_of_completions_needs_an_address() -> None:
    with pytest.raises(RecipeError, match="server_base_url"):
        grpo("grpo-server", "vllm.server_base_url=null")


def test_the_warm_up_needs_a_prompt_from_somewhere() -> None:
    with pytest.raises(RecipeError, match=r"service\.url.*or data\.system_prompt"):
        load("sft", NAMED[:2])
    assert load("sft", [*NAMED[:2], "data.system_prompt=prompt.md"]).data.system_prompt == Path("prompt.md")


@pytest.mark.parametrize(
    ("text", "says"),
    [("- a\n", "not a mapping"), ("a: [\n", "no YAML"), ("a: !!python/object:os.system {}\n", "no YAML")],
)
def test_damaged_files_are_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RecipeError, match=says):
        load(path)


def test_an_unknown_name_is_answered_with_those_that_ship() -> None:
    with pytest.raises(RecipeError, match="grpo-practice"):
        load("grpo-practise")


@pytest.mark.parametrize("run", ["a b", "../a", "", ".hidden"])
def test_a_runs_name_is_also_that_of_a_folder(run: str) -> None:
    with pytest.raises(RecipeError, match="run: String should match"):
        load("grpo", [*NAMED, f"run='{run}'"])
