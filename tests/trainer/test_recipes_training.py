"""The recipes that ship, for two steps each, by the real TRL against a real gateway; only the sizes are overridden."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services.contract import Evaluation
from services.contract.requests import EvaluationPage
from tests.support.tiny_trainers import arguments, speaker
from tests.support.told_gateway import told_gateway
from tests.support.told_runs import told
from trainer_client import RewardClient
from trainer_client.recipes import grpo, sft
from trainer_client.recipes.config import GrpoRecipe, SftRecipe
from trainer_client.recipes.files import RecipeError, load, shipped
from trainer_client.recipes.prompts import RECORD

pytestmark = pytest.mark.filterwarnings("default")

ASKS = ("Please make a shop for hats with a basket.", "Please make a blog on trains with a timetable.")


@dataclass(frozen=True)
class Bench:
    """A gateway, and a folder with a model that says what becomes of its sites, and rows to train on."""

    url: str
    folder: Path
    generation: dict[str, Any]

    def overrides(self, run: str) -> list[str]:
        return [
            f"run={run}",
            "processes=1",
            f"model.name={self.folder / 'model'}",
            "model.attn_implementation=null",
            f"data.train=[{self.folder / 'rows.jsonl'}]",
            f"service.url={self.url}",
            f"checkpoints.folder={self.folder / run}",
            "checkpoints.save_steps=1",
            "logging.report_to=[]",
        ]

    def sft(self, name: str, run: str, *more: str) -> SftRecipe:
        sizes = ["sft.use_cpu=true", "sft.bf16=false", "sft.max_steps=2", "sft.gradient_accumulation_steps=1"]
        recipe = load(name, [*self.overrides(run), *sizes, *more])
        assert isinstance(recipe, SftRecipe)
        return recipe

    def grpo_overrides(self, run: str) -> list[str]:
        sizes = [
            "grpo.use_cpu=true",
            "grpo.bf16=false",
            "grpo.max_steps=2",
            "grpo.per_device_train_batch_size=4",
            "grpo.gradient_accumulation_steps=1",
            "generation.num_generations=4",
            "generation.max_completion_length=2",
            f"generation.generation_kwargs={json.dumps(self.generation)}",
            "vllm.mode=none",
        ]
        return [*self.overrides(run), *sizes]

    def grpo(self, name: str, run: str, *more: str) -> GrpoRecipe:
        recipe = load(name, [*self.grpo_overrides(run), *more])
        assert isinstance(recipe, GrpoRecipe)
        return recipe

    def evaluations(self, run: str) -> list[Evaluation]:
        with RewardClient(self.url) as client:
            return client.read(f"/v1/runs/{run}/evaluations?limit=200", EvaluationPage).evaluations

    def logged(self, run: str) -> list[dict[str, Any]]:
        """What the trainer logged, step by step."""
        newest = max((self.folder / run).glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
        history: list[dict[str, Any]] = json.loads((newest / "trainer_state.json").read_text())["log_history"]
        return history


def save_model(folder: Path, tokenizer: Any) -> None:
    """A folder as a recipe names one. Granite's, since a Qwen2's tokenizer is always loaded as Qwen2's own."""
    from transformers import GraniteConfig, GraniteForCausalLM, set_seed

    set_seed(1)
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    ids = {"eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id, "bos_token_id": None}
    config = GraniteConfig(vocab_size=len(tokenizer), num_key_value_heads=2, tie_word_embeddings=False, **sizes, **ids)
    GraniteForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("recipes")
    says = [str(told("judge", looks=looks).completion) for looks in (2.0, 3.0, 4.0)]
    tokenizer = speaker(says)
    save_model(folder / "model", tokenizer)
    rows = [{"id": f"{n:06}", "instruction": ask, "completion": says[n]} for n, ask in enumerate(ASKS)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with told_gateway(folder) as gateway:
        yield Bench(gateway.url, folder, arguments(folder, tokenizer, says)["generation_kwargs"])


@pytest.mark.parametrize("name", [name for name in shipped() if name.startswith("grpo")])
def test_grpo_for_two_steps(bench: Bench, name: str) -> None:
    recipe = bench.grpo(name, name)
    final = grpo.train(recipe)
    assert (final / "model.safetensors").is_file()
    assert (final / "tokenizer.json").is_file()
    found = bench.evaluations(name)
    assert sorted(one.step or 0 for one in found) == [0] * 4 + [1] * 4
    assert {one.profile.name for one in found} == {recipe.service.profile}
    assert {one.metadata["instruction_id"] for one in found} <= {"000000", "000001"}
    assert bench.logged(name)[-1]["rewards/webgen_reward/mean"] > 2.0


@pytest.mark.parametrize("name", [name for name in shipped() if name.startswith("sft")])
def test_the_warm_up_for_two_steps(bench: Bench, name: str) -> None:
    final = sft.train(bench.sft(name, name, "sft.learning_rate=0.01", "sft.warmup_steps=0"))
    assert (final / "model.safetensors").is_file()
    losses = [entry["loss"] for entry in bench.logged(name) if "loss" in entry]
    assert losses[1] < losses[0]
    with RewardClient(bench.url) as client:
        assert json.loads((final / RECORD).read_text())["version"] == client.scaffold()["version"]


def test_what_the_warm_up_made_is_what_grpo_begins_with(bench: Bench) -> None:
    final = sft.train(bench.sft("sft", "warm", "sft.max_steps=1"))
    grpo.train(bench.grpo("grpo", "after-warm", f"model.name={final}", "grpo.max_steps=1"))
    assert len(bench.evaluations("after-warm")) == 4


def test_a_run_goes_on_where_it_stopped(bench: Bench) -> None:
    grpo.train(bench.grpo("grpo", "twice", "grpo.max_steps=1"))
    grpo.train(bench.grpo("grpo", "twice", "grpo.max_steps=2"))
    assert [one.step for one in bench.evaluations("twice")] == [0] * 4 + [1] * 4


def test_a_run_does_not_go_on_with_another_prompt(bench: Bench) -> None:
    grpo.train(bench.grpo("grpo", "other-prompt", "grpo.max_steps=1"))
    prompt = bench.folder / "prompt.md"
    prompt.write_text("Make a page.")
    with pytest.raises(RecipeError, match=r"the prompt now is file prompt\.md"):
        grpo.train(bench.grpo("grpo", "other-prompt", f"data.system_prompt={prompt}"))


def test_components_with_weights_of_their_own(bench: Bench) -> None:
    weights = "service.component_weights={appearance: 1.0, functional: 0.2}"
    grpo.train(bench.grpo("grpo-practice", "weighted", weights, "grpo.max_steps=1"))
    entry = bench.logged("weighted")[-1]
    expected = entry["rewards/appearance/mean"] + 0.2 * entry["rewards/functional/mean"]
    assert entry["reward"] == pytest.approx(expected)


def test_a_component_that_there_is_not_is_told_before_anything_is_trained(bench: Bench) -> None:
    with pytest.raises(RecipeError, match=r"service: names: .*beauty"):
        grpo.train(bench.grpo("grpo", "no-such", "service.component_weights={beauty: 1.0}"))
    assert not (bench.folder / "no-such" / "final").exists()


def test_adapters_alone_are_trained_where_asked(bench: Bench) -> None:
    final = grpo.train(bench.grpo("grpo-one-gpu", "lora", "model.lora={rank: 2, alpha: 4}", "grpo.max_steps=1"))
    assert (final / "adapter_model.safetensors").is_file()
    assert not (final / "model.safetensors").exists()


def test_another_number_of_processes_is_refused(bench: Bench) -> None:
    recipe = bench.grpo("grpo", "eight", "processes=8")
    with pytest.raises(RecipeError, match="meant for 8 processes, and 1 run"):
        grpo.train(recipe)


def test_a_tokenizer_without_a_chat_template_is_refused(bench: Bench, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bench.folder / "model")
    tokenizer.chat_template = None
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(RecipeError, match=r"no chat template; name one as model\.chat_template"):
        grpo.train(bench.grpo("grpo", "untold", f"model.name={tmp_path}"))


def test_two_processes_by_the_command_line(bench: Bench) -> None:
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    recipe = ["-m", "trainer_client.recipes.grpo", "grpo-one-gpu", *bench.grpo_overrides("launched"), "processes=2"]
    here = {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true", "PYTHONPATH": str(Path.cwd())}
    done = subprocess.run([*launch, *recipe], capture_output=True, text=True, check=False, env={**os.environ, **here})
    assert done.returncode == 0, done.stderr[-3000:]
    assert "2 rows; 0 were left out as too long" in done.stderr
    places = sorted((one.step, one.group, one.sample) for one in bench.evaluations("launched"))
    assert places == [(step, group, sample) for step in (0, 1) for group in ("0", "1") for sample in range(4)]
    assert (bench.folder / "launched" / "final" / "model.safetensors").is_file()


def test_the_command_line_says_what_is_wrong(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    from trainer_client.recipes.running import command

    assert command(GrpoRecipe, grpo.train, ["sft", *bench.overrides("wrong")]) == 1
    assert "sft is a recipe of the kind 'sft'" in capsys.readouterr().err
    assert command(GrpoRecipe, grpo.train, ["grpo", "grpo.beeta=1"]) == 1
    assert "grpo.beeta: Extra inputs are not permitted" in capsys.readouterr().err
