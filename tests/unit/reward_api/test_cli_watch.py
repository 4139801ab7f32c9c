"""``webgen-reward watch`` over a folder, and over a gateway, while steps come in."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gateway_server import served
from rich.console import Console
from told_runs import ToldRuns, told
from typer.testing import CliRunner, Result

from reward_api.cli import watch as watching
from reward_api.cli.app import app
from reward_api.cli.source import open_source
from reward_api.watch.model import View, concerns, newly_settled, skewed
from reward_api.watch.table import COLUMNS, cells, head_line, line, table
from services.contract import LengthBucket, Status, StepStatistics
from trainer_client import DeadlineExceeded

runner = CliRunner()


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[ToldRuns]:
    runs = ToldRuns(tmp_path)
    yield runs
    runs.close()


def step(runs: ToldRuns, number: int, **said: Any) -> None:
    """A group of four: two rendered, one did not build, one without a reward."""
    good = {"step": number, "group": "g", **said}
    runs.play(told(looks=3.0, **good), told(looks=4.0, **good), told("build", **good), told("outage", step=number))


def watch(folder: Path, *arguments: str) -> Result:
    return runner.invoke(app, ["watch", "run", "--data-dir", str(folder), *arguments])


def named(found: StepStatistics) -> dict[str, str]:
    return {column.title: cell for column, cell in zip(COLUMNS, cells(found), strict=True)}


def test_once_shows_a_row_for_each_of_the_last_steps(runs: ToldRuns, tmp_path: Path) -> None:
    for number in range(3):
        step(runs, number, spread=0.2)
    shown = watch(tmp_path, "--once", "--last", "2")
    assert shown.exit_code == 0, shown.output
    lines = shown.stdout.splitlines()
    assert lines[0].startswith("run: profile cascade, judge ")
    assert lines[0].endswith("12 of 12 ended")
    assert [row.split()[0] for row in lines[2:4]] == ["1", "2"]
    assert lines[2].split()[1:4] == ["4/4", "1", "2.367"]
    assert "no reward: judge 1" in lines[2]
    assert "build 1" in lines[2]


def test_a_row_holds_what_the_step_s_figures_say(runs: ToldRuns, tmp_path: Path) -> None:
    step(runs, 7, spread=0.25)
    with open_source(None, None, tmp_path) as source:
        (found,) = source.steps("run")
    row = named(found)
    assert row["step"] == "7"
    assert row["looks"] == "3.50"
    assert row["of looks"] == "0.50"
    assert row["judge ±"] == "0.25"
    assert row["tied"] == "0/1"
    assert line(found).startswith("     7       4/4")
    assert len(head_line().split("failed at")[0]) == len(line(found).split("build 1")[0])


@pytest.mark.parametrize("width", [80, 109, 110, 160])
def test_where_candidates_failed_is_shown_on_every_terminal(width: int) -> None:
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table([figures(bands={"build-failed": 3})], width))
    lines = console.export_text().splitlines()
    assert len(lines) == 2
    assert "build 3" in lines[1]


def test_a_run_is_waited_for_and_its_steps_come_in(runs: ToldRuns, tmp_path: Path) -> None:
    numbers = iter(range(2))
    step(runs, 100)  # the folder has records; the run that is watched has another name

    def pause() -> None:
        number = next(numbers)
        runs.play(told(looks=3.0, step=number), run="awaited")

    with served(runs.app()) as (url, _), open_source(url, None, tmp_path) as source:
        seen = watching.looks(source, "awaited", pause)
        found, view = next(seen)
        assert found is None
        assert view.steps == []
        assert [found.step for found in next(seen)[1].steps] == [0]
        found, view = next(seen)
        assert found is not None
        assert [found.step for found in view.steps] == [0, 1]


def test_a_service_that_does_not_answer_is_asked_again(runs: ToldRuns, tmp_path: Path) -> None:
    step(runs, 0)
    with open_source(None, None, tmp_path) as source:
        away = iter((False, True, False))
        whole = source.run

        class Flaky:
            """The source, away at its second reading."""

            steps_from = source.steps_from

            def run(self, name: str) -> Any:
                if next(away):
                    raise DeadlineExceeded("nobody is there", None)
                return whole(name)

        seen = watching.looks(Flaky(), "run", lambda: None)  # type: ignore[arg-type]
        views = [next(seen)[1] for _ in range(3)]
    assert [view.fault is not None for view in views] == [False, True, False]
    assert [len(view.steps) for view in views] == [1, 1, 1]


def test_a_later_reading_goes_on_where_the_last_page_began(runs: ToldRuns, tmp_path: Path) -> None:
    for number in range(5):
        step(runs, number)
    with pytest.MonkeyPatch.context() as patch, open_source(None, None, tmp_path) as source:
        patch.setattr("reward_api.cli.folder_source.STEPS_PAGE", 2)
        steps, mark = source.steps_from("run")
        assert [found.step for found in steps] == [0, 1, 2, 3, 4]
        step(runs, 5)
        assert [found.step for found in source.steps_from("run", mark)[0]] == [4, 5]


def figures(**said: Any) -> StepStatistics:
    """A step without anything of concern, but for what is said."""
    plain: dict[str, Any] = dict.fromkeys(StepStatistics.model_fields) | dict.fromkeys(
        ("truncated", "reused", "reused_verdicts", "passed_dependencies", "rendered", "judged", "repeatedly_judged"), 0
    )
    groups = ("groups", "groups_compared", "groups_tied", "groups_all_failed", "groups_all_top", "groups_judged")
    plain |= dict.fromkeys((*groups, "groups_tied_on_appearance", "unique_sources", "unique_shots"), 0)
    plain |= {"counts": {Status.SCORED: 16}, "bands": {}, "unscored_reasons": {}, "by_length": [], "judges": []}
    return StepStatistics.model_validate(plain | {"mean_components": {}, "step": 1, **said})


def test_a_step_is_told_when_another_follows_or_it_stays_as_it_was() -> None:
    open_, done = figures(counts={Status.RUNNING: 1, Status.SCORED: 15}), figures()
    nothing, first = View(), View({1: done})
    assert newly_settled(nothing, View({1: open_})) == []
    assert newly_settled(nothing, first) == []
    assert newly_settled(first, first) == [done]
    assert newly_settled(nothing, View({1: done, 2: figures(step=2, counts={Status.QUEUED: 2})})) == [done]


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"counts": {Status.SCORED: 8, Status.UNSCORED: 8}, "unscored_reasons": {"judge-down": 8}}, "judge-down 8"),
        ({"groups_compared": 4, "groups_tied": 2}, "tied: they train nothing"),
        (
            {"groups_compared": 4, "groups_judged": 4, "groups_tied_on_appearance": 3},
            "3 of 4 groups are tied on appear",
        ),
        ({"groups_compared": 2, "groups_all_failed": 1}, "nothing rendered"),
        ({"truncated": 8}, "50 % of the completions"),
        ({"appearance_spread": 0.2, "mean_judge_spread": 0.3}, "the judge's own spread (0.30)"),
        ({"judges": [{"kind": "heuristic", "model": "h", "evaluations": 3}]}, "judged by heuristic"),
    ],
)
def test_what_is_of_concern_is_said(said: dict[str, Any], word: str) -> None:
    assert word in " ".join(concerns(figures(**said)))
    assert list(concerns(figures())) == []


def test_too_few_say_nothing() -> None:
    assert list(concerns(figures(counts={Status.SCORED: 2, Status.UNSCORED: 2}))) == []


def test_missing_rewards_of_long_completions_alone_are_no_chance() -> None:
    def lengths(*lost: int) -> list[LengthBucket]:
        return [LengthBucket(at_least=n * 1000, below=None, ended=10, unscored=u) for n, u in enumerate(lost)]

    assert skewed(figures(by_length=lengths(0, 0, 3, 4)))
    assert not skewed(figures(by_length=lengths(3, 3, 3, 4)))
    assert not skewed(figures(by_length=lengths(0, 0, 0, 0)))


def test_a_run_that_is_not_there_fails_where_it_is_read_once(runs: ToldRuns, tmp_path: Path) -> None:
    step(runs, 0)
    done = runner.invoke(app, ["watch", "other", "--data-dir", str(tmp_path), "--once"])
    assert done.exit_code == 1
