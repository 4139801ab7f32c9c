"""How many workers keep up with how many GPUs, from what a run took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reward_api.cli.app import app
from reward_api.sizing import Cost, cost, needed, pace, reward_seconds
from services.contract import Evaluation, ProfileRef, StageReport, Status
from services.stages import Stage
from tests.support.told_runs import ToldRuns, told

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def evaluation(
    took: Mapping[Stage, float], *, step: int | None = 0, at: float = 0.0, until: float = 10.0, **more: Any
) -> Evaluation:
    """``took``: stage -> seconds; ``at`` and ``until``: when it was sent and ended, seconds of the training."""
    reports = [StageReport(stage=stage, passed=True, seconds=seconds) for stage, seconds in took.items()]
    fields: dict[str, Any] = {
        "id": "e",
        "run": "r",
        "rollout_id": "x",
        "step": step,
        "status": Status.SCORED,
        "reports": reports,
        "profile": ProfileRef(name="cascade", version="2", hash="0"),
        "created_at": BEGAN + timedelta(seconds=at),
        "ended_at": BEGAN + timedelta(seconds=until),
    }
    return Evaluation(**fields | more)


WHOLE = {Stage.LINT: 0.1, Stage.RESOLVE: 0.0, Stage.BUILD: 0.5, Stage.RENDER: 2.0, Stage.JUDGE: 3.0}


def test_what_ended_early_counts_with_the_work_that_it_took() -> None:
    measured = cost([evaluation(WHOLE), evaluation({Stage.LINT: 0.1})])
    assert measured is not None
    assert measured.rollouts == 2
    assert measured.seconds == pytest.approx({"build": 0.35, "resolve": 0.0, "render": 1.0, "judge": 1.5})


def test_what_was_taken_over_cost_nothing() -> None:
    taken = StageReport(stage=Stage.JUDGE, passed=True, seconds=9.0, reused=True)
    measured = cost([evaluation({}, reports=[taken])])
    assert measured is not None
    assert measured.seconds["judge"] == 0.0


def test_unscored_cancelled_and_rejudged_evaluations_are_not_measured() -> None:
    others = [
        evaluation(WHOLE, status=Status.UNSCORED),
        evaluation(WHOLE, status=Status.CANCELLED),
        evaluation(WHOLE, derived_from="other"),
    ]
    assert cost(others) is None


def test_a_step_is_what_lies_between_two_first_rollouts() -> None:
    steps = [evaluation(WHOLE, step=n, at=200.0 * n + late, until=200.0 * n + 30) for n in range(3) for late in (0, 1)]
    found = pace(steps)
    assert found is not None
    assert (found.rollouts, found.step_seconds, found.reward_seconds, found.gpu_seconds) == (2, 200.0, 30.0, 170.0)


def test_one_step_and_steps_with_a_gap_tell_no_pace() -> None:
    assert pace([evaluation(WHOLE, step=0), evaluation(WHOLE, step=2, at=500.0, until=510.0)]) is None
    assert pace([evaluation(WHOLE, step=None)]) is None
    running = evaluation(WHOLE, step=1, at=200.0, status=Status.RUNNING, ended_at=None)
    assert pace([evaluation(WHOLE, step=0), running]) is None


MEASURED = Cost(100, {"build": 0.5, "resolve": 0.0, "render": 2.0, "judge": 3.0}, 6.0)


def test_enough_jobs_at_a_time_are_through_in_time_and_one_less_is_not() -> None:
    pools = needed(MEASURED, 128, 22.0)
    assert pools == {"build": 4, "resolve": 1, "render": 16, "judge": 24}
    assert reward_seconds(MEASURED, 128, pools) <= 22.0
    for pool in ("render", "judge"):
        assert reward_seconds(MEASURED, 128, {**pools, pool: pools[pool] - 1}) > 22.0


def test_no_number_of_workers_is_faster_than_one_rollout() -> None:
    assert needed(MEASURED, 128, 6.0) is None


def told_folder(folder: Path, steps: int) -> Path:
    runs = ToldRuns(folder)
    for step in range(steps):
        runs.play(*(told(step=step) for _ in range(4)))
    runs.close()
    return folder


def sizing(folder: Path, *options: str) -> Any:
    return CliRunner().invoke(app, ["sizing", "run", "--data-dir", str(folder), *options])


def test_the_command_answers_for_multiples_of_the_gpus(tmp_path: Path) -> None:
    told_folder(tmp_path, 1)
    done = sizing(tmp_path, "--gpus", "8", "--rollouts", "128", "--gpu-seconds", "200", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert [(row["gpus"], row["rollouts"]) for row in answer["needed"]] == [(8, 128), (16, 256), (32, 512), (64, 1024)]
    assert answer["measured"]["rollouts"] == 4
    for row in answer["needed"]:
        assert row["reward_seconds"] <= 20.0


def test_a_run_that_trained_tells_its_own_steps(tmp_path: Path) -> None:
    told_folder(tmp_path, 3)
    done = sizing(tmp_path, "--share", "10", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["step"]["rollouts"] == 4


def test_a_run_without_steps_asks_for_what_a_step_is(tmp_path: Path) -> None:
    told_folder(tmp_path, 1)
    done = sizing(tmp_path)
    assert done.exit_code != 0
    assert "tell --rollouts and --gpu-seconds" in str(done.exception)


def test_the_table_says_where_workers_do_not_help(tmp_path: Path) -> None:
    told_folder(tmp_path, 1)
    done = sizing(tmp_path, "--rollouts", "128", "--gpu-seconds", "0")
    assert done.exit_code == 0
    assert "No number of workers helps" in done.stderr
