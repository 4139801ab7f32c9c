"""``webgen-reward report`` over a data folder, and over the gateway that serves it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_server import served
from told_runs import ToldRuns, told
from typer.testing import CliRunner, Result

from reward_api.analysis.extra import ExtraMissing
from reward_api.cli.app import app
from reward_api.report.model import FIRST_STEPS, make_report, pooled
from services.errors import NotFound

runner = CliRunner()
HEURISTIC = {"kind": "heuristic", "model": "heuristic-1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def runs(folder: Path) -> Iterator[ToldRuns]:
    """Three steps of one group each, sites growing smaller, one of four without a reward. Tests only read it."""
    runs = ToldRuns(folder)
    for step in range(3):
        judged: dict[str, Any] = {"step": step, "group": "g", "routes": 4 - step, "controls": 8, **HEURISTIC}
        failed = told("build", step=step, group="g")
        runs.play(told(looks=3.0, **judged), told(looks=4.0, **judged), failed, told("outage", length=5_000, step=step))
    yield runs
    runs.close()


def report(folder: Path, *arguments: str, run: str = "run") -> Result:
    return runner.invoke(app, ["report", run, "--data-dir", str(folder), *arguments])


def lines_of(text: str) -> dict[str, str]:
    """First words of a line -> the rest, blanks made one."""
    parts = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
    return {name.strip(): " ".join(rest.split()) for name, rest in parts}


def test_the_table_says_who_judged_and_over_what_each_rate_is(runs: ToldRuns, folder: Path) -> None:
    done = report(folder)
    assert done.exit_code == 0, done.output
    head = done.stdout.splitlines()
    assert head[0] == "run: 3 steps, 12 evaluations, profile cascade"
    assert head[1].startswith("judge: heuristic (heuristic-1, a stand-in without a model; ")
    shown = lines_of(done.stdout)
    assert shown["scored"] == "75.0 % 9 of 12 that ended"
    assert shown["VRR"] == "66.7 % 6 of 9 scored rendered"
    assert shown["LDPR"].startswith("100.0 % 9 of 9 scored passed")
    assert shown["AAS"] == "3.500 appearance, 0 to 5, over 6 that rendered"
    assert shown["build-failed"] == "33.3 % 3"
    assert shown["judge"] == "25.0 % 3 of 12"
    assert shown["4,000 to 7,999"] == "100.0 % 3 of 3"
    assert shown["spread of appearance"] == "0.500 mean of 3 with two that rendered"
    assert shown["tied on appearance"] == "0.0 % 0 of 3 with two that rendered"
    assert shown["further routes"] == "0.50 times 4.0 at first, 2.0 at last"


def test_without_a_name_it_lists_the_runs(runs: ToldRuns, folder: Path) -> None:
    done = runner.invoke(app, ["report", "--data-dir", str(folder)])
    assert done.exit_code == 0, done.output
    head, line = done.stdout.splitlines()
    assert head.split() == ["run", "begun", "profile", "judge", "evaluations", "scored"]
    assert [line.split()[place] for place in (0, -4, -3, -2, -1)] == ["run", "cascade", "scripted", "12", "9"]


def test_json_holds_everything_that_is_shown(runs: ToldRuns, folder: Path, tmp_path: Path) -> None:
    found = json.loads(report(folder, "--json", "-").stdout)
    assert found["judges"][0].startswith("heuristic (heuristic-1, a stand-in")
    assert found["total"]["counts"] == found["run"]["counts"] == {"scored": 9, "unscored": 3}
    assert found["total"]["valid_render_rate"] == pytest.approx(6 / 9, abs=1e-6)
    assert [step["step"] for step in found["steps"]] == [0, 1, 2]
    written = tmp_path / "report.json"
    assert "VRR" in report(folder, "--json", str(written)).stdout
    assert json.loads(written.read_text()) == found


def test_a_service_reports_what_its_folder_does(runs: ToldRuns, folder: Path, tmp_path: Path) -> None:
    written = tmp_path / "report.json"
    with served(runs.app()) as (url, _):
        done = report(tmp_path / "elsewhere", "--url", url, "--json", str(written))
    assert done.exit_code == 0, done.output
    assert written.read_text() == report(folder, "--json", "-").stdout


@pytest.mark.parametrize(("step", "seen"), [("1", [1]), ("1-2", [1, 2]), ("0-99", [0, 1, 2])])
def test_steps_can_be_chosen(runs: ToldRuns, folder: Path, step: str, seen: list[int]) -> None:
    found = json.loads(report(folder, "--step", step, "--json", "-").stdout)
    assert [figures["step"] for figures in found["steps"]] == seen
    assert found["total"]["counts"]["scored"] == 3 * len(seen)


@pytest.mark.parametrize("step", ["2-1", "x", "1-", "-1"])
def test_steps_that_are_none_are_wrong_usage(tmp_path: Path, step: str) -> None:
    assert report(tmp_path, f"--step={step}").exit_code == 2


def test_what_is_not_there_is_said(runs: ToldRuns, folder: Path) -> None:
    assert isinstance(report(folder, run="other").exception, NotFound)
    nothing = report(folder, "--step", "7").exception
    assert isinstance(nothing, NotFound)
    assert str(nothing) == "run 'run' has no evaluations in these steps"


@pytest.mark.parametrize(("name", "begins"), [("run.png", b"\x89PNG"), ("run.SVG", b"<?xml"), ("run.pdf", b"%PDF")])
def test_the_picture_is_what_its_name_says(
    runs: ToldRuns, folder: Path, tmp_path: Path, name: str, begins: bytes
) -> None:
    done = report(folder, "--plot", str(tmp_path / name))
    assert done.exit_code == 0, done.output
    content = (tmp_path / name).read_bytes()
    assert content.startswith(begins)
    if name == "run.SVG":
        assert b"judge: heuristic (heuristic-1, a stand-in" in content
        assert b"tied on appearance" in content


def test_rollouts_that_were_sent_without_a_step_are_drawn_too(tmp_path: Path) -> None:
    runs = ToldRuns(tmp_path)
    runs.play(told(step=None), told("build", step=None))
    runs.close()
    done = report(tmp_path, "--plot", str(tmp_path / "run.svg"))
    assert done.exit_code == 0, done.output
    assert ">none<" in (tmp_path / "run.svg").read_text()


def test_a_picture_of_another_kind_is_wrong_usage(tmp_path: Path) -> None:
    done = report(tmp_path, "--plot", "run.bmp")
    assert done.exit_code == 2
    assert ".png, .svg, .pdf" in done.output


def test_without_matplotlib_it_says_what_to_install(
    runs: ToldRuns, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    missing = report(folder, "--plot", str(tmp_path / "run.png")).exception
    assert isinstance(missing, ExtraMissing)
    assert "pip install 'webgen-reward[analysis]'" in str(missing)
    assert not (tmp_path / "run.png").exists()


def test_names_that_others_chose_move_no_cursor(tmp_path: Path) -> None:
    runs = ToldRuns(tmp_path)
    runs.play(told(kind="vlm", model="m\x1b[2J\x1b]0;owned\x07\u202e[bold]"))
    runs.close()
    done = report(tmp_path, "--json", str(tmp_path / "r.json"), "--plot", str(tmp_path / "r.svg"))
    assert done.exit_code == 0, done.output
    for text in (done.stdout, (tmp_path / "r.json").read_text(), (tmp_path / "r.svg").read_text()):
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert "[bold]" in done.stdout


def test_long_runs_are_shown_in_stretches_and_held_against_their_first_steps(tmp_path: Path) -> None:
    runs = ToldRuns(tmp_path)
    runs.play(*(told(step=step, controls=30 - step) for step in range(30)))
    with runs.client() as client:
        run = runs.shop.pipeline.run("run")
        steps = runs.shop.pipeline.steps("run", None, 200).steps
        assert client.get("/v1/runs/run/steps").json()["next_cursor"] is None
    runs.close()
    rows = pooled(steps, 8)
    assert [name for name, _ in rows] == [
        "0 to 3",
        "4 to 7",
        "8 to 11",
        "12 to 15",
        "16 to 19",
        "20 to 23",
        "24 to 27",
        "28 to 29",
    ]
    assert [found.evaluations for _, found in rows] == [4] * 7 + [2]
    controls = make_report(run, steps).drifts[2]
    assert FIRST_STEPS == 10
    assert (controls.first, controls.last) == (25.5, 5.5)
