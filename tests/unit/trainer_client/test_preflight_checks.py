"""Each check of the preflight: what passes, what is a warning, what would fail the training."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.artifact import overlay, parse
from services.compliance import check
from services.contract import Evaluation, RunStatistics, StageReport, Status
from services.contract.evaluation import JudgeInfo, ProfileRef
from services.contract.spending import RunSpending, Spending
from services.stages import Stage
from trainer_client.preflight import configuration, estimate, golden, service
from trainer_client.preflight.check import Check, Level
from trainer_client.preflight.scored import weighed
from trainer_client.preflight.service import Pins
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.files import load
from trainer_client.trl import make_component_functions, make_reward_function

URL = "http://127.0.0.1:9"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def recipe(*overrides: str) -> GrpoRecipe:
    found = load("grpo-practice", ["run=mine", "data.train=[train.jsonl]", f"service.url={URL}", *overrides])
    assert isinstance(found, GrpoRecipe)
    return found


def test_the_recipes_that_ship_pass_every_check_of_their_own() -> None:
    for name in ("grpo", "grpo-practice", "grpo-one-gpu", "grpo-server"):
        shipped = load(name, ["run=mine", "data.train=[train.jsonl]", f"service.url={URL}"])
        assert isinstance(shipped, GrpoRecipe)
        assert [check for check in configuration.of_recipe(shipped, "1.6.0") if check.level is not Level.OK] == []


@pytest.mark.parametrize(
    ("version", "level"),
    [(None, Level.FAILURE), ("1.5.2", Level.FAILURE), ("1.6", Level.OK), ("1.16.0.dev0", Level.OK), ("2.0", Level.OK)],
)
def test_trl_before_1_6_makes_missing_rewards_0(version: str | None, level: Level) -> None:
    assert configuration.trl_version(version).level is level


@pytest.mark.parametrize(("tokens", "level"), [(512, Level.FAILURE), (2048, Level.WARNING), (8192, Level.OK)])
def test_the_completion_length_is_not_left_as_trl_has_it(tokens: int, level: Level) -> None:
    found = configuration.completion_length(recipe(f"generation.max_completion_length={tokens}"))
    assert found.level is level


def test_what_vllm_takes_holds_prompt_and_completion() -> None:
    short = configuration.context_length(recipe("vllm.max_model_length=8192"))
    assert short.level is Level.FAILURE
    assert "12288" in short.mend
    assert configuration.context_length(recipe("vllm.mode=none", "vllm.max_model_length=10")).level is Level.OK


@pytest.mark.parametrize(
    ("overrides", "level"),
    [
        ((), Level.OK),
        (("service.deadline=1500",), Level.FAILURE),
        (("service.deadline=1500", "service.on_nulls=continue"), Level.OK),
        (("service.deadline=1100",), Level.WARNING),
        (("service.deadline=1500", "grpo.ddp_timeout=7200"), Level.OK),
        (("service.deadline=9000", "processes=1"), Level.OK),
    ],
)
def test_rewards_are_not_waited_for_longer_than_other_ranks_wait(overrides: tuple[str, ...], level: Level) -> None:
    assert configuration.deadline(recipe(*overrides)).level is level


def test_components_alone_lose_the_order_of_failures() -> None:
    weights = "service.component_weights={appearance: 1.0, functional: 0.1"
    assert configuration.failure_order(recipe()).level is Level.OK
    assert configuration.failure_order(recipe(f"{weights}}}")).level is Level.WARNING
    assert configuration.failure_order(recipe(f"{weights}, failure: 1.0}}")).level is Level.OK
    assert configuration.failure_order(recipe(f"{weights}, beauty: 1.0}}")).level is Level.FAILURE


def length_penalty(**_: Any) -> list[float]:
    return []


def test_foreign_reward_functions_are_named() -> None:
    ours = make_reward_function(URL, "run")
    components = make_component_functions(URL, "run")
    assert configuration.reward_functions([ours]).level is Level.OK
    assert configuration.reward_functions(components).level is Level.OK
    mixed = configuration.reward_functions([ours, length_penalty])
    assert mixed.level is Level.WARNING
    assert "length_penalty" in mixed.found
    assert configuration.reward_functions([length_penalty]).level is Level.FAILURE
    apart = configuration.reward_functions([ours, make_reward_function(URL, "run")])
    assert apart.level is Level.WARNING
    assert "again" in apart.found


PROFILES: list[dict[str, Any]] = [
    {"profile": {"name": "cascade", "version": "2", "judge": {"samples": 3}}, "hash": "c" * 64, "built_in": True},
    {"profile": {"name": "mine", "version": "1"}, "hash": "d" * 64, "built_in": False},
]


def test_the_profile_must_be_known_there() -> None:
    assert service.profile(None, PROFILES).found.startswith("cascade 2")
    assert "of your own" in service.profile("mine", PROFILES).found
    unknown = service.profile("theirs", PROFILES)
    assert unknown.level is Level.FAILURE
    assert "cascade, mine" in unknown.found


def pinned(**said: Any) -> RunStatistics:
    plain: dict[str, Any] = {
        "run": "mine",
        "profile": "cascade",
        "profile_hash": "c" * 64,
        "versions": {"judge": "vlm:a:rubric-2:1", "rules": "3"},
        "created_at": BEGAN,
        "cancelled": False,
        "counts": {},
        "mean_reward": None,
        "bands": {},
        "unscored_reasons": {},
        "spending": RunSpending(currency="USD"),
    }
    return RunStatistics.model_validate(plain | said)


def test_a_run_that_goes_on_meets_what_it_began_with() -> None:
    same = Pins("c" * 64, {"judge": "vlm:a:rubric-2:1", "rules": "3"})
    other = Pins("c" * 64, {"judge": "vlm:b:rubric-2:2", "rules": "3"})
    assert service.run_pins("mine", None, same, accept=False).level is Level.OK
    assert service.run_pins("mine", pinned(), same, accept=False).level is Level.OK
    refused = service.run_pins("mine", pinned(), other, accept=False)
    assert refused.level is Level.FAILURE
    assert "judge vlm:a:rubric-2:1 -> vlm:b:rubric-2:2" in refused.found
    assert service.run_pins("mine", pinned(), other, accept=True).level is Level.WARNING
    assert service.run_pins("mine", pinned(), Pins("e" * 64, {}), accept=False).level is Level.FAILURE
    assert service.run_pins("mine", pinned(cancelled=True), same, accept=True).level is Level.FAILURE


def test_a_prompt_of_one_s_own_is_held_against_the_scaffold_s() -> None:
    scaffold = {"system_prompt": "Write a site.\n", "version": "abc"}
    assert service.prompt(None, scaffold).level is Level.OK
    assert service.prompt("Write a site.", scaffold).level is Level.OK
    assert service.prompt("Write a poem.", scaffold).level is Level.WARNING
    assert service.warm_up(None).level is Level.OK
    assert service.warm_up("it was another").level is Level.WARNING


def ended(band: str | None = "rendered", second: float = 10.0, **said: Any) -> Evaluation:
    """Submitted at `BEGAN`, ended so many seconds later, judged where it rendered."""
    judge = JudgeInfo(kind="vlm", model="a", samples=3) if band == "rendered" else None
    plain: dict[str, Any] = {
        "id": "e",
        "run": "r",
        "rollout_id": "x",
        "status": Status.SCORED if band else Status.UNSCORED,
        "stage": Stage.JUDGE,
        "reward": 1.0 if band else None,
        "band": band,
        "judge": judge,
        "profile": ProfileRef(name="cascade", version="2", hash="c"),
        "versions": {"judge": "vlm:a:rubric-2:1"},
        "queue_seconds": 5.0,
        "work_seconds": 5.0,
        "created_at": BEGAN,
        "ended_at": BEGAN + timedelta(seconds=second),
    }
    return Evaluation.model_validate(plain | said)


def judged_by(kind: str, asked: str = "a", answered: str = "a") -> Evaluation:
    facts = {"asked": [asked], "answered": [[answered]]}
    report = StageReport(stage=Stage.JUDGE, passed=True, facts=facts)
    return ended(judge=JudgeInfo(kind=kind, model=answered, samples=3), reports=[report])


def test_the_judge_is_a_model_by_the_name_that_was_asked_for() -> None:
    assert service.judge([ended()], allow_heuristic=False).level is Level.OK
    assert service.judge([judged_by("heuristic")], allow_heuristic=False).level is Level.FAILURE
    assert service.judge([judged_by("heuristic")], allow_heuristic=True).level is Level.WARNING
    assert service.judge([judged_by("vlm")], allow_heuristic=False).level is Level.OK
    alias = service.judge([judged_by("vlm", "b", "b-2026-01-01")], allow_heuristic=False)
    assert alias.level is Level.WARNING
    assert "b-2026-01-01" in alias.found
    assert service.judge([ended("build-failed")], allow_heuristic=False).level is Level.FAILURE


def test_a_step_takes_the_first_and_then_the_throughput() -> None:
    found = estimate.timing([ended(second=second) for second in (10.0, 12.0, 14.0, 16.0)] + [ended("no-source", 1.0)])
    assert found is not None
    assert (found.first, found.each, found.busy) == (5.0, 2.0, True)
    assert found.seconds(101) == 205.0


@pytest.mark.parametrize(("rollouts", "level"), [(11, Level.OK), (51, Level.WARNING), (200, Level.FAILURE)])
def test_a_step_that_is_slower_than_its_deadline_fails(rollouts: int, level: Level) -> None:
    busy = estimate.Timing(first=10.0, each=2.0, busy=True)
    assert estimate.step_seconds(busy, rollouts, 200.0).level is level
    idle = estimate.step_seconds(estimate.Timing(10.0, 2.0, busy=False), rollouts, 200.0)
    assert idle.level is Level.OK
    assert "at most" in idle.found


def test_too_few_tell_no_time() -> None:
    assert estimate.timing([ended(), ended()]) is None
    assert estimate.step_seconds(None, 16, 900.0).level is Level.SKIPPED


def costing(cost: float | None) -> Evaluation:
    spending = Spending(calls=3, cost=cost, currency="USD")
    return ended(judge=JudgeInfo(kind="vlm", model="a", samples=3, spending=spending))


def test_what_judging_costs_is_told_for_a_step_and_all_of_them() -> None:
    assert estimate.step_cost([costing(0.01), costing(0.03)], 100, 400).found.startswith("2.00 USD a step, 800.00 for")
    assert "unknown" in estimate.step_cost([costing(None), costing(0.01)], 100, 400).found
    assert estimate.step_cost([ended()], 100, 400).level is Level.SKIPPED


def test_the_golden_group_is_new_work_each_time_and_for_each() -> None:
    first, second = golden.group(6, "aa"), golden.group(6, "bb")
    texts = [one.completion for one in first + second if one.band != "no-source"]
    assert len(set(texts)) == len(texts)
    assert [one.band for one in first] == ["no-source", "build-failed", "rendered", "rendered", "rendered", "rendered"]
    assert all(golden.MARK not in text for text in texts)


def test_the_golden_group_s_sites_are_whole_answers() -> None:
    for one in golden.group(4, "aa")[1:]:
        parsed = parse(one.completion)
        assert "src/App.tsx" in parsed.files
        assert parsed.well_formed
        assert parsed.complete
        assert parsed.findings == ()


def test_the_golden_group_s_sites_break_no_static_rule_of_any_profile() -> None:
    for one in golden.group(4, "aa")[1:]:
        parsed = parse(one.completion)
        results = check(parsed, overlay(parsed)).results
        assert [rule for rule, passed in results.items() if not passed] == []


SENT = golden.group(4, "aa")


def outcomes(*bands: str | None, **said: Any) -> Check:
    return golden.outcomes(SENT, [ended(band, **said) for band in bands])


def test_a_group_that_ends_otherwise_fails() -> None:
    assert outcomes("no-source", "build-failed", "rendered", "rendered").level is Level.OK
    wrong = outcomes("no-source", "build-failed", "rendered", "build-failed")
    assert "build-failed instead of rendered" in wrong.found
    missing = golden.outcomes(SENT, [ended(None, unscored_reason="judge-down")] * 4)
    assert missing.level is Level.FAILURE
    assert "4 of 4 have no reward (judge-down)" in missing.found
    assert golden.outcomes(SENT, []).level is Level.FAILURE


@pytest.mark.parametrize(
    ("rewards", "level"),
    [
        ((-1.0, -0.3, 2.0, 4.0), Level.OK),
        ((0.0, 0.0, 2.0, 4.0), Level.WARNING),
        ((-1.0, -0.3, -2.0, -1.0), Level.FAILURE),
        ((-1.0, -0.3, None, None), Level.SKIPPED),
    ],
)
def test_worse_bands_earn_less(rewards: Sequence[float | None], level: Level) -> None:
    assert golden.order(SENT, rewards).level is level


def test_a_judge_that_sees_no_difference_is_told() -> None:
    def looks(bare: float, finished: float) -> Level:
        found = [ended("no-source"), ended("build-failed")]
        found += [ended(components={"appearance": value}) for value in (bare, finished)]
        return golden.taste(SENT, found).level

    assert looks(2.0, 4.0) is Level.OK
    assert looks(3.0, 3.0) is Level.WARNING
    assert golden.taste(SENT, []).level is Level.SKIPPED


def test_several_functions_are_summed_as_trl_does() -> None:
    assert weighed([[1.0, None, None], [1.0, 2.0, None]], [1.0, 0.5]) == [1.5, 1.0, None]
