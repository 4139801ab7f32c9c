"""The real trainers with the real reward functions against a gateway on loopback: chats, columns, evaluation loops, and
a training that is stopped at a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trl import GRPOConfig, GRPOTrainer

from services.contract import Evaluation
from tests.support import tiny_trainers
from tests.support.told_gateway import ToldGateway, told_gateway
from tests.support.told_runs import told
from trainer_client import ClientLimits, make_reward_function
from trainer_client.trl import TooManyNulls, stop_callback

pytestmark = pytest.mark.filterwarnings("ignore")
LIMITS = ClientLimits(poll_seconds=0.2, progress_seconds=0.2, max_delay=0.2)
SITES = [str(told(looks=float(n), source=f"site {n}").completion) for n in range(4)]
LOST = [str(told("outage", source=f"lost {n}").completion) for n in range(2)]


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[ToldGateway]:
    with told_gateway(tmp_path) as running:
        yield running


def trainer(folder: Path, function: Any, says: list[str], *, chat: bool = False, **more: Any) -> GRPOTrainer:
    tokenizer = tiny_trainers.speaker(says)
    callbacks, evaluated = more.pop("callbacks", None), more.pop("evaluated", None)
    dataset = tiny_trainers.prompts("make a shop", "make a blog", chat=chat, kind=["shop", "blog"])
    return GRPOTrainer(
        model=tiny_trainers.model(tokenizer),
        reward_funcs=function,
        args=GRPOConfig(**tiny_trainers.arguments(folder / "out", tokenizer, says, **more)),
        train_dataset=dataset,
        eval_dataset=dataset if evaluated else None,
        processing_class=tokenizer,
        callbacks=callbacks,
    )


def evaluations(gateway: ToldGateway, run: str) -> list[Evaluation]:
    with gateway.runs.client() as client:
        return [
            Evaluation.model_validate(one) for one in client.get(f"/v1/runs/{run}/evaluations").json()["evaluations"]
        ]


def test_a_chat_model_trains_and_every_rollout_is_found_in_its_place(gateway: ToldGateway, tmp_path: Path) -> None:
    function = make_reward_function(gateway.url, "train", limits=LIMITS)
    trained = trainer(tmp_path, function, SITES, chat=True, evaluated=True, eval_strategy="steps", eval_steps=2)
    trained.train()
    found = evaluations(gateway, "train")
    places = {(e.step, e.group, e.sample) for e in found}
    assert places == {(step, group, sample) for step in (0, 1) for group in "01" for sample in range(4)}
    assert all(e.metadata["completion_tokens"] == 2 and not e.truncated for e in found)
    kinds = {(e.step, e.group, e.metadata["kind"]) for e in found}
    assert len(kinds) == 4
    assert evaluations(gateway, "train.eval")
    entries = [entry for entry in trained.state.log_history if "webgen/scored" in entry]
    assert [entry["webgen/scored"] for entry in entries] == [1.0, 1.0]
    assert any("eval_webgen/scored" in entry for entry in trained.state.log_history)
    assert [entry["rewards/webgen_reward/mean"] for entry in entries] == pytest.approx(
        [sum(e.reward or 0.0 for e in found if e.step == step) / 8 for step in (0, 1)]
    )


def test_it_stops_at_a_checkpoint_where_too_many_rewards_are_missing(gateway: ToldGateway, tmp_path: Path) -> None:
    function = make_reward_function(gateway.url, "train", limits=LIMITS, on_nulls="stop", max_null_share=0.2)
    callbacks = [stop_callback(function)]
    stopped = trainer(tmp_path, function, LOST, callbacks=callbacks, max_steps=50, save_strategy="steps")
    stopped.train()
    assert stopped.state.global_step == 1
    assert (tmp_path / "out" / "checkpoint-1" / "trainer_state.json").exists()
    assert all(math.isnan(value) for value in stopped._logs["rewards"]["webgen_reward"])


def test_without_the_callback_it_ends_with_an_error(gateway: ToldGateway, tmp_path: Path) -> None:
    function = make_reward_function(gateway.url, "train", limits=LIMITS, on_nulls="stop", max_null_share=0.2)
    with pytest.raises(TooManyNulls, match="judge"):
        trainer(tmp_path, function, LOST).train()
