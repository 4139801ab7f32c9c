"""Reward functions as TRL's trainers call them, against a gateway on loopback: rewards in order, one evaluation for
several functions, and what is done where rewards are missing."""

from __future__ import annotations

import asyncio
import pickle
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.contract import Evaluation
from services.errors import JudgeError
from services.pipeline.work import StageJob, StageResult
from services.stages import Stage
from tests.support.told_gateway import ToldGateway, told_gateway
from tests.support.told_runs import SCRIPTS, told
from trainer_client import ClientLimits, Refused, make_component_functions, make_reward_function
from trainer_client.trl import HeuristicJudge, TooManyNulls

QUICK = ClientLimits(poll_seconds=0.1, progress_seconds=0.1, first_delay=0.05, max_delay=0.1)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[ToldGateway]:
    with told_gateway(tmp_path) as running:
        yield running


class Caller:
    """What TRL's trainers are to a reward function, without the training."""

    def __init__(self, size: int = 2) -> None:
        self.num_generations = self.num_generations_eval = size
        self.model = SimpleNamespace(training=True)
        self.metrics: dict[str, list[float]] = defaultdict(list)
        self.table: dict[str, list[Any]] = defaultdict(list)

    def log_metric(self, name: str, value: float) -> None:
        self.metrics[name].append(value)

    def log_extra(self, column: str, values: list[Any]) -> None:
        self.table[column].extend(values)

    def call(self, functions: Any, completions: list[str], step: int = 0, **columns: list[Any]) -> Any:
        async def all_at_once() -> list[list[float | None]]:
            told = {
                "prompts": ["Make a site"] * len(completions),
                "completions": completions,
                "completion_ids": [[1, 2]] * len(completions),
                "trainer_state": SimpleNamespace(global_step=step),
                "log_metric": self.log_metric,
                "log_extra": self.log_extra,
                **columns,
            }
            return await asyncio.gather(*(function(**told) for function in functions))

        return asyncio.run(all_at_once())


def says(ends: str = "judge", **said: Any) -> str:
    completion = told(ends, **said).completion
    assert isinstance(completion, str)
    return completion


def evaluations(gateway: ToldGateway, run: str) -> list[Evaluation]:
    with gateway.runs.client() as client:
        return [
            Evaluation.model_validate(one) for one in client.get(f"/v1/runs/{run}/evaluations").json()["evaluations"]
        ]


def test_rewards_come_in_order_and_rollouts_say_where_they_belong(gateway: ToldGateway) -> None:
    caller = Caller()
    function = make_reward_function(gateway.url, "train", limits=QUICK, min_group_share=0.0)
    completions = [says(looks=3.0), says("outage"), says("build"), says(looks=1.0)]
    (rewards,) = caller.call([function], completions, step=5, kind=["a", "b", "c", "d"], scorer=["e"] * 4)
    assert rewards == [3.2, None, pytest.approx(-0.3), 1.2]
    found = sorted(evaluations(gateway, "train"), key=lambda e: e.metadata["kind"])
    assert [(e.step, e.group, e.sample) for e in found] == [(5, "0", 0), (5, "0", 1), (5, "1", 0), (5, "1", 1)]
    assert caller.table["webgen/evaluation"] == [e.id for e in found]
    assert caller.table["webgen/outcome"] == ["rendered", "null: judge", "build-failed", "rendered"]
    assert caller.metrics["webgen/null/judge"] == [0.25]


def test_component_functions_share_one_evaluation_and_are_missing_together(gateway: ToldGateway) -> None:
    caller = Caller(size=4)
    functions = make_component_functions(
        gateway.url, "train", names=("appearance", "functional", "format", "failure"), limits=QUICK
    )
    completions = [says(looks=3.0), says("outage"), says("build"), says(looks=2.0)]
    looks, functional, form, failure = caller.call(functions, completions)
    assert looks == [3.0, None, 0.0, 2.0]
    assert functional == [1.0, None, 0.0, 1.0]
    assert form == [1.0, None, 1.0, 1.0]
    assert failure == [0.0, None, pytest.approx(-0.3), 0.0]
    assert len(evaluations(gateway, "train")) == 4
    assert len(caller.table["webgen/evaluation"]) == 4


def test_equal_completions_of_a_later_call_are_evaluated_anew(gateway: ToldGateway) -> None:
    caller, functions = Caller(), make_component_functions(gateway.url, "train", limits=QUICK)
    completions = [says(looks=3.0), says(looks=2.0)]
    assert caller.call(functions, completions) == caller.call(functions, completions)
    assert [(e.group, e.sample) for e in evaluations(gateway, "train")].count(("1", 0)) == 1
    assert len(evaluations(gateway, "train")) == 4


def test_evaluation_loops_are_a_run_of_their_own(gateway: ToldGateway) -> None:
    caller = Caller()
    caller.model.training = False
    caller.call([make_reward_function(gateway.url, "train", limits=QUICK)], [says(), says()])
    assert len(evaluations(gateway, "train.eval")) == 2


def test_the_narrower_call_of_the_asynchronous_trainer_is_enough(gateway: ToldGateway) -> None:
    function = pickle.loads(  # noqa: S301
        pickle.dumps(make_reward_function(gateway.url, "train", limits=QUICK, groups_per_step=1))
    )

    async def groups() -> list[list[float | None]]:
        told = {"prompts": ["Make a site"] * 2, "completion_ids": [[1], [1]]}
        return [await function(**told, completions=[says(looks=n), says(looks=n + 1)]) for n in (1, 3)]

    assert asyncio.run(groups()) == [[1.2, 2.2], [3.2, 4.2]]
    assert {(e.step, e.group, e.sample) for e in evaluations(gateway, "train")} == {
        (0, "0", 0),
        (0, "0", 1),
        (1, "1", 0),
        (1, "1", 1),
    }


def test_a_heuristic_judge_is_refused_unless_it_is_asked_for(gateway: ToldGateway) -> None:
    completions = [says(kind="heuristic", model="heuristic-3"), says()]
    with pytest.raises(HeuristicJudge, match="allow_heuristic=True"):
        Caller().call([make_reward_function(gateway.url, "one", limits=QUICK)], completions)
    function = make_reward_function(gateway.url, "two", limits=QUICK, allow_heuristic=True)
    assert Caller().call([function], completions) == [[4.2, 4.2]]


def test_a_stopped_service_costs_waiting_up_to_the_deadline_and_nothing_else() -> None:
    caller = Caller()
    function = make_reward_function("http://127.0.0.1:9", "train", limits=QUICK, deadline=0.5, on_nulls="continue")
    assert caller.call([function], ["a", "b"]) == [[None, None]]
    assert caller.metrics["webgen/null/unreachable"] == [1.0]


class JudgeAway:
    """The judge fails at every evaluation that it meets before it is back."""

    def __init__(self, evaluations_lost: int) -> None:
        self.left, self.lost = evaluations_lost, set[str]()

    def __call__(self, job: StageJob) -> StageResult:
        if job.evaluation_id not in self.lost and self.left > 0:
            self.left -= 1
            self.lost.add(job.evaluation_id)
        if job.evaluation_id in self.lost:
            raise JudgeError("away")
        return SCRIPTS[Stage.JUDGE](job)


def test_with_too_many_missing_it_waits_longer_and_sends_the_unscored_again(gateway: ToldGateway) -> None:
    gateway.runs.shop.scripts[Stage.JUDGE] = JudgeAway(6)
    caller = Caller(size=4)
    function = make_reward_function(gateway.url, "train", limits=QUICK, max_null_share=0.25, null_wait=120.0)
    completions = [says(looks=float(n), shot=f"shot {n}") for n in range(4)]
    assert caller.call([function], completions) == [[0.2, 1.2, 2.2, 3.2]]
    assert len(evaluations(gateway, "train")) > 4
    assert caller.metrics["webgen/scored"] == [1.0]


def test_few_missing_are_left_out_at_once(gateway: ToldGateway) -> None:
    gateway.runs.shop.scripts[Stage.JUDGE] = JudgeAway(1)
    function = make_reward_function(gateway.url, "train", limits=QUICK, max_null_share=0.25)
    (rewards,) = Caller(size=4).call([function], [says(looks=float(n), shot=f"shot {n}") for n in range(4)])
    assert sum(reward is None for reward in rewards) == 1
    assert len(evaluations(gateway, "train")) == 4


def test_too_many_missing_stop_the_training_where_it_is_asked_to(gateway: ToldGateway) -> None:
    function = make_reward_function(gateway.url, "train", limits=QUICK, on_nulls="stop", max_null_share=0.4)
    with pytest.raises(TooManyNulls, match="1 of 2 rollouts have no reward \\(judge 1\\)"):
        Caller().call([function], [says("outage"), says()])
    assert Caller().call([function], [says(), says()], step=1) == [[4.2, 4.2]]


def test_what_waiting_does_not_mend_ends_the_training(gateway: ToldGateway) -> None:
    function = make_reward_function(gateway.url, "train", "no-such-profile", limits=QUICK)
    with pytest.raises(Refused, match="no-such-profile"):
        Caller().call([function], [says(), says()])


def test_names_of_components_are_checked_when_the_functions_are_made() -> None:
    with pytest.raises(ValueError, match="looks"):
        make_component_functions("http://127.0.0.1:9", "run", names=("looks",))
    with pytest.raises(ValueError, match="on_nulls"):
        make_reward_function("http://127.0.0.1:9", "run", on_nulls="zero")  # type: ignore[typeddict-item]
