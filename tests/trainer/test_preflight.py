"""``webgen-reward preflight`` against a gateway on loopback: the recipe's own reward functions, the real client."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from told_gateway import ToldGateway, told_gateway
from typer.testing import CliRunner, Result

from reward_api.cli.app import app
from trainer_client.preflight.check import Check, Level
from trainer_client.preflight.examine import examine
from trainer_client.preflight.golden import Golden
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.files import load

runner = CliRunner()
VLM = {"kind": "vlm", "model": "scripted"}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ToldGateway]:
    with told_gateway(tmp_path_factory.mktemp("data")) as gateway:
        yield gateway


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WEBGEN_API_KEY", raising=False)


def overrides(url: str, *more: str) -> list[str]:
    return ["run=mine", "data.train=[train.jsonl]", f"service.url={url}", *more]


def recipe(url: str, *more: str) -> GrpoRecipe:
    found = load("grpo-practice", overrides(url, *more))
    assert isinstance(found, GrpoRecipe)
    return found


def golden(ends: str, band: str, **said: Any) -> Golden:
    """A completion that says what becomes of it."""
    plan = {"ends": ends, "looks": 4.0, "source": json.dumps([ends, said]), "shot": json.dumps(said), **VLM, **said}
    return Golden(json.dumps(plan), band, finished=plan["looks"] > 2)


def sites(**said: Any) -> list[Golden]:
    rendered = [golden("judge", "rendered", looks=looks, **said) for looks in (2.0, 3.9, 4.0, 4.1)]
    return [golden("source", "no-source"), golden("build", "build-failed"), *rendered]


def levels(found: Sequence[Check]) -> dict[str, Level]:
    return {check.name: check.level for check in found}


def test_a_sound_training_passes_and_every_check_is_made(gateway: ToldGateway) -> None:
    found = list(examine(recipe(gateway.url), group=sites()))
    assert {name: level for name, level in levels(found).items() if level is not Level.OK} == {
        "judging costs": Level.SKIPPED
    }
    assert "new" in next(check.found for check in found if check.name == "run")


def test_what_is_scored_is_in_a_run_of_its_own_with_its_group(gateway: ToldGateway) -> None:
    before = {run.run for run in gateway.runs.shop.pipeline.runs(None, 100).runs}
    list(examine(recipe(gateway.url, "run=apart"), group=sites(once=1)))
    (added,) = {run.run for run in gateway.runs.shop.pipeline.runs(None, 100).runs} - before
    assert added.startswith("preflight-apart-")
    kept = gateway.runs.shop.pipeline.evaluations(added, cursor=None, limit=50).evaluations
    assert [(e.step, e.group, e.sample) for e in kept] == [(0, "0", sample) for sample in range(6)]


def test_a_stand_in_judge_fails_and_everything_else_is_still_said(gateway: ToldGateway) -> None:
    found = levels(list(examine(recipe(gateway.url), group=sites(kind="heuristic"))))
    assert found["judge"] is Level.FAILURE
    assert found["golden group"] is Level.OK
    allowed = recipe(gateway.url, "service.allow_heuristic=true")
    assert levels(list(examine(allowed, group=sites(kind="heuristic"))))["judge"] is Level.WARNING


def test_components_are_weighed_as_the_trainer_would(gateway: ToldGateway) -> None:
    weighed = recipe(gateway.url, "service.component_weights={appearance: 1.0, failure: 1.0}")
    found = {check.name: check for check in examine(weighed, group=sites(weighed=1))}
    assert found["reward order"].found == "no-source -1.00, build-failed -0.30, rendered 3.50"


def test_missing_rewards_fail(gateway: ToldGateway) -> None:
    found = list(examine(recipe(gateway.url), group=[*sites(), golden("outage", "rendered")]))
    check = next(check for check in found if check.name == "golden group")
    assert check.level is Level.FAILURE
    assert "1 of 7 have no reward (judge)" in check.found


def test_a_run_that_began_with_another_profile_is_told(gateway: ToldGateway) -> None:
    runs = gateway.runs.shop.pipeline
    assert runs is not None
    list(examine(recipe(gateway.url, "run=first"), group=sites(began=1)))
    begun = next(run.run for run in runs.runs(None, 100).runs if run.run.startswith("preflight-first"))
    same = recipe(gateway.url, f"run={begun}")
    assert levels(list(examine(same, group=sites(began=2))))["run"] is Level.OK
    other = recipe(gateway.url, f"run={begun}", "service.profile=webgen-r1")
    assert levels(list(examine(other, group=sites(began=3))))["run"] is Level.FAILURE


def test_a_profile_that_is_not_there_is_named_before_anything_is_scored(gateway: ToldGateway) -> None:
    found = {check.name: check for check in examine(recipe(gateway.url, "service.profile=theirs"), group=sites())}
    assert found["profile"].level is Level.FAILURE
    assert found["golden group"].level is Level.FAILURE


def preflight(*arguments: str) -> Result:
    return runner.invoke(app, ["preflight", "grpo-practice", *arguments])


def test_the_command_fails_where_a_check_does(gateway: ToldGateway) -> None:
    sound = preflight(*overrides(gateway.url), "--no-score")
    assert sound.exit_code == 0, sound.output
    short = preflight(*overrides(gateway.url, "generation.max_completion_length=512"), "--offline", "--json")
    assert short.exit_code == 1
    found = {check["name"]: check["level"] for check in json.loads(short.stdout)}
    assert found["completion length"] == "failure"
    assert found["service"] == "skipped"


def test_a_service_that_is_not_there_is_one_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer_client.calls.PING_SECONDS", 0.1)
    found = list(examine(recipe("http://127.0.0.1:9"), group=[]))
    assert found[-1].name == "service"
    assert found[-1].level is Level.FAILURE


def test_a_script_s_own_functions_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    script = "from trainer_client import trl\nasync def penalty(**told): return []\n"
    script += "funcs = [trl.make_reward_function('http://127.0.0.1:9', 'run'), penalty]\n"
    (tmp_path / "own_training.py").write_text(script, "utf-8")
    done = preflight(*overrides("http://127.0.0.1:9"), "--offline", "--json", "--reward-function", "own_training:funcs")
    assert done.exit_code == 0, done.output
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert found["reward functions"]["level"] == "warning"
    assert "penalty" in found["reward functions"]["found"]
    wrong = preflight(*overrides("http://127.0.0.1:9"), "--offline", "--reward-function", "own_training:nothing")
    assert wrong.exit_code == 1
