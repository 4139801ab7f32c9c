"""`profiles explain`, `profiles put` and `replay`, over a data folder and over a service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_bench import Bench, submission
from gateway_server import served
from typer.testing import CliRunner

from reward_api.cli.app import app
from services.contract import Evaluation, Submission
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import built_in, built_in_text
from services.stages import ORDER, Stage
from tests.support.journeys import CRITERIA, Journey, report, whole

runner = CliRunner()

GRADES = {"a": (4.0, 3.0), "b": (3.5, 4.0), "c": (3.0, 4.0)}
"""Rollout -> its criteria's grade and its overall grade."""

STRICT = built_in_text("cascade").replace('typecheck = "off"', 'typecheck = "gate"').replace("cascade", "strict", 1)
BOLD = built_in_text("cascade").replace("cascade", "bold", 1).replace("base = -0.2", "base = -0.25")


def journey(name: str) -> Journey:
    criteria, overall = GRADES[name]
    sample = {"criteria": dict.fromkeys(CRITERIA, criteria), "overall": overall}
    judged = report(Stage.JUDGE, samples=[sample], kind="heuristic", model="heuristic-3", usage={}, spread=None)
    return whole(judge=judged)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A run of four rollouts in one group: three are judged, and one waits."""
    bench = Bench(tmp_path, auth=True)
    body = submission("a", "b", "c", "d")
    for rollout in body["rollouts"]:
        rollout |= {"step": 0, "group": "g"}
    found = bench.pipeline.submit(Submission.model_validate(body), max_queued=100, request_id="test")
    for evaluation in found[:3]:
        conclude(bench, evaluation)
    yield bench
    bench.close()


def conclude(bench: Bench, evaluation: Evaluation) -> None:
    found = journey(evaluation.rollout_id)
    for stage in ORDER:
        bench.work(stage, evaluation.id, lambda job, stage=stage: result(job, found, stage))


def result(job: StageJob, found: Journey, stage: Stage) -> StageResult:
    """What a worker of the stage would hand in, with content of its own, so that nothing is reused."""
    content = f"{job.evaluation_id} {stage.value}".encode()
    kept = {"lint": "source.json", "build": "bundle.zip", "render": "home.png"}.get(stage.value)
    artifacts = {kept: job.keep(content, "application/octet-stream")} if kept else {}
    facts: dict[str, Any] = dict(found[stage].facts)
    facts |= {"shot_hash": job.evaluation_id} if stage is Stage.RENDER else {}
    return StageResult(passed=found[stage].passed, facts=facts, artifacts=artifacts)


def called(*arguments: str) -> str:
    done = runner.invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout


def ids(bench: Bench) -> dict[str, str]:
    return {e.rollout_id: e.id for e in bench.pipeline.evaluations("run-1", cursor=None, limit=10).evaluations}


def test_a_reward_is_explained_from_the_folder(bench: Bench, tmp_path: Path) -> None:
    text = called("profiles", "explain", ids(bench)["b"], "--data-dir", str(tmp_path))
    for said in ("under cascade 2: 3.7 (rendered)", "appearance", "+3.5", "heuristic (heuristic-3)", "reward"):
        assert said in text
    told = json.loads(called("profiles", "explain", ids(bench)["b"], "--data-dir", str(tmp_path), "--json"))
    assert sum(line["amount"] for line in told["lines"]) == pytest.approx(told["reward"]) == 3.7
    assert [step["outcome"] for step in told["stages"]] == ["passed"] * 5


def test_a_reward_is_explained_under_another_profile_over_http(bench: Bench, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(STRICT, "utf-8")
    key = bench.key("read")["Authorization"].removeprefix("Bearer ")
    with served(bench.app()) as (url, _):
        service = ("--url", url, "--api-key", key)
        named = called("profiles", "explain", ids(bench)["b"], "--profile", "webgen-r1", *service)
        filed = called("profiles", "explain", ids(bench)["b"], "--profile", str(own), *service)
    assert "under webgen-r1 1: 4.2 (rendered)" in named
    assert "on record: 3.7 under cascade 2" in named
    assert "null" in filed
    assert "no reward: types were never checked" in filed


def test_what_goes_on_has_no_sum(bench: Bench, tmp_path: Path) -> None:
    told = json.loads(called("profiles", "explain", ids(bench)["d"], "--data-dir", str(tmp_path), "--json"))
    assert (told["reward"], told["lines"], told["reasons"]) == (None, [], ["the evaluation is queued"])


def test_a_run_is_replayed(bench: Bench, tmp_path: Path) -> None:
    arguments = ("replay", "run-1", "--profile", "webgen-r1", "--data-dir", str(tmp_path))
    told = json.loads(called(*arguments, "--json"))
    assert [(one["before"], one["after"]) for one in told["evaluations"]] == [(4.2, 3.2), (3.7, 4.2), (3.2, 4.2)]
    (group,) = told["groups"]
    assert (group["swapped"], group["joined"], group["moved"]) == (2, 1, 3)
    assert (told["unscored"], told["order"]["pairs"], told["profile"]["name"]) == (1, 3, "webgen-r1")
    assert "judge.samples was 3, and is 1" in told["measured_otherwise"]
    text = called(*arguments)
    for said in ("stored: cascade 2", "replayed: webgen-r1 1", "changed rewards", "mean Kendall tau-b"):
        assert said in text


def test_what_cannot_be_replayed_is_counted_with_its_reason(bench: Bench, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(STRICT, "utf-8")
    done = runner.invoke(app, ["replay", "run-1", "--profile", str(own), "--data-dir", str(tmp_path)])
    assert done.exit_code == 0
    assert "undecidable: 3 evaluations: types were never checked" in done.stderr
    assert "undecidable" in done.stdout


def test_a_profile_is_put_and_then_known_by_its_name(bench: Bench, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(BOLD, "utf-8")
    key = bench.key("admin", "read")["Authorization"].removeprefix("Bearer ")
    with served(bench.app()) as (url, _):
        service = ("--url", url, "--api-key", key)
        assert f"bold 2 is at {url}: " in called("profiles", "put", str(own), *service)
        assert "under bold 2" in called("profiles", "explain", ids(bench)["a"], "--profile", "bold", *service)
        own.write_text(BOLD.replace("base = -0.25", "base = -0.24"), "utf-8")
        refused = runner.invoke(app, ["profiles", "put", str(own), *service])
    assert "raise the version" in str(refused.exception)


def test_a_file_that_is_not_there_is_said_to_be_none(bench: Bench, tmp_path: Path) -> None:
    done = runner.invoke(app, ["replay", "run-1", "--profile", "gone.toml", "--data-dir", str(tmp_path)])
    assert "there is no file gone.toml" in str(done.exception)


def test_a_check_shows_what_each_outcome_can_earn(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(BOLD, "utf-8")
    text = called("profiles", "check", str(own))
    assert "bold 2 is valid" in text
    assert "static-failed" in text
    assert "-0.25" in text
    assert built_in()["cascade"].hash not in text
