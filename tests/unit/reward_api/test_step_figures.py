"""What each figure of a step is: evaluations constructed case by case, worked by the real pipeline, read over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import pstdev
from typing import Any

import pytest
from told_runs import ToldRuns, told

from services.contract import Figures, StepPage
from services.pipeline.totals import total


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[ToldRuns]:
    runs = ToldRuns(tmp_path)
    yield runs
    runs.close()


def steps(runs: ToldRuns, run: str = "run", **parameters: Any) -> list[dict[str, Any]]:
    with runs.client() as client:
        answer = client.get(f"/v1/runs/{run}/steps", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["steps"]


def only(runs: ToldRuns, run: str = "run") -> dict[str, Any]:
    (step,) = steps(runs, run)
    return step


def test_every_failure_has_its_band_and_rates_are_over_the_scored(runs: ToldRuns) -> None:
    failures = ("source", "lint", "resolve", "build", "render", "refused")
    runs.play(*map(told, failures), told(looks=3.0), told(looks=5.0), told("outage"))
    step = only(runs)
    assert step["counts"] == {"scored": 8, "unscored": 1}
    assert step["bands"] == {
        "no-source": 1,
        "static-failed": 1,
        "build-failed": 2,
        "render-failed": 2,
        "rendered": 2,
    }
    assert step["scored_share"] == pytest.approx(8 / 9, abs=1e-6)
    assert (step["passed_dependencies"], step["lint_dependency_pass_rate"]) == (5, 0.625)
    assert (step["rendered"], step["valid_render_rate"]) == (3, 0.375)
    assert (step["judged"], step["mean_appearance"], step["appearance_of_all"]) == (2, 4.0, 1.0)
    assert step["unscored_reasons"] == {"judge": 1}


def test_a_blank_page_that_a_profile_has_judged_is_neither_rendered_nor_looked_at(runs: ToldRuns) -> None:
    runs.play(told("render", looks=1.0), told(looks=4.0), profile="webgen-r1-released")
    step = only(runs)
    assert step["bands"] == {"rendered": 2}
    assert (step["valid_render_rate"], step["judged"], step["mean_appearance"]) == (0.5, 1, 4.0)


def test_missing_rewards_are_counted_by_reason_and_by_length(runs: ToldRuns) -> None:
    runs.play(told(length=1_999), told(length=2_000), told("outage", length=3_999), told("outage", length=64_000))
    step = only(runs)
    found = {(b["at_least"], b["below"]): (b["unscored"], b["ended"]) for b in step["by_length"]}
    assert found == {
        (0, 2_000): (0, 1),
        (2_000, 4_000): (1, 2),
        (4_000, 8_000): (0, 0),
        (8_000, 16_000): (0, 0),
        (16_000, 32_000): (0, 0),
        (32_000, 64_000): (0, 0),
        (64_000, None): (1, 1),
    }
    assert step["unscored_reasons"] == {"judge": 2}


def test_spread_is_the_mean_over_groups_and_of_appearance_among_the_judged_alone(runs: ToldRuns) -> None:
    first = [told(looks=2.0, group="a"), told(looks=4.0, group="a"), told("source", group="a")]
    second = [told(looks=3.0, group="b"), told(looks=3.5, group="b")]
    loners = [told(looks=1.0, group="c"), told("outage", group="c"), told(looks=5.0), told(looks=0.0)]
    runs.play(*first, *second, *loners)
    step = only(runs)
    assert (step["groups"], step["groups_compared"], step["groups_judged"]) == (3, 2, 2)
    assert step["within_group_spread"] == pytest.approx((pstdev([2.2, 4.2, -1.0]) + 0.25) / 2, abs=1e-6)
    assert step["appearance_spread"] == pytest.approx((1.0 + 0.25) / 2, abs=1e-6)


def test_a_group_can_tie_on_appearance_and_still_not_on_the_reward(runs: ToldRuns) -> None:
    runs.play(
        *(told(looks=4.0, group="tied") for _ in range(3)),
        *(told(looks=4.0, group="looks"), told(looks=4.0, group="looks"), told("build", group="looks")),
        *(told(looks=3.0, group="none"), told(looks=4.0, group="none")),
        *(told("source", group="failed"), told("source", group="failed")),
        *(told("source", group="mixed"), told("build", group="mixed")),
    )
    step = only(runs)
    assert step["groups_compared"] == 5
    assert step["groups_tied"] == 2
    assert (step["groups_judged"], step["groups_tied_on_appearance"]) == (3, 2)
    assert step["groups_all_failed"] == 2


def test_a_group_is_all_5_only_where_every_scored_one_is(runs: ToldRuns) -> None:
    runs.play(
        *(told(looks=5.0, group="top"), told(looks=5.0, group="top"), told("outage", group="top")),
        *(told(looks=5.0, group="nearly"), told(looks=4.9, group="nearly")),
        *(told(looks=5.0, group="one failed"), told("build", group="one failed")),
    )
    assert only(runs)["groups_all_top"] == 1


def test_equal_sources_and_shots_are_counted_once_a_group(runs: ToldRuns) -> None:
    runs.play(
        *(told(source="x", group="a"), told(source="x", group="a"), told(source="y", shot="shot of x", group="a")),
        *(told(source="x", group="b"), told("source", group="b")),
    )
    step = only(runs)
    assert (step["sources_per_group"], step["shots_per_group"]) == (1.5, 1.0)
    assert (step["unique_sources"], step["unique_shots"]) == (2, 1)


def test_work_taken_over_counts_but_not_the_dependencies_that_all_share(runs: ToldRuns) -> None:
    runs.play(told(source="x"), told(source="x"), told(source="y"), told(source="z", shot="shot of x"))
    step = only(runs)
    assert (step["reused"], step["reused_share"], step["reused_verdicts"]) == (2, 0.5, 2)


def test_truncated_completions_are_counted_whatever_came_of_them(runs: ToldRuns) -> None:
    runs.play(told(truncated=True), told("outage", truncated=True), told(), told())
    assert only(runs)["truncated_share"] == 0.5


def test_the_judges_are_named_with_their_spread(runs: ToldRuns) -> None:
    graded = [told(kind="vlm", model="m-1", spread=0.2), told(kind="vlm", model="m-1", spread=0.4)]
    runs.play(*graded, told(kind="vlm", model="m-2"), told("build"))
    step = only(runs)
    assert step["judges"] == [
        {"kind": "vlm", "model": "m-1", "evaluations": 2},
        {"kind": "vlm", "model": "m-2", "evaluations": 1},
    ]
    assert (step["repeatedly_judged"], step["mean_judge_spread"]) == (2, 0.3)


def test_medians_leave_out_what_was_not_measured_and_routes_that_show_nothing_new(runs: ToldRuns) -> None:
    sizes = [told(bytes=100, routes=0, controls=2), told(bytes=300, routes=3, controls=8), told("build", bytes=200)]
    runs.play(*sizes, told(bytes=5_000, routes=1, controls=4), told("source"))
    step = only(runs)
    assert step["median_source_bytes"] == 250
    assert (step["median_routes"], step["median_controls"]) == (1, 4)


def test_nothing_measured_is_null_and_not_zero(runs: ToldRuns) -> None:
    runs.play(told("outage"))
    step = only(runs)
    nothing = ("mean_reward", "mean_appearance", "appearance_of_all", "valid_render_rate", "within_group_spread")
    assert {step[name] for name in (*nothing, "appearance_spread", "median_routes", "mean_judge_spread")} == {None}


def test_a_group_belongs_to_its_step_and_steps_come_in_order(runs: ToldRuns) -> None:
    runs.play(*(told(step=step, group="g") for step in (10, 2, 2, 10, 2)), told(step=None, group="g"))
    found = steps(runs)
    assert [(step["step"], step["groups"]) for step in found] == [(2, 1), (10, 1), (None, 1)]
    assert [step["step"] for step in steps(runs, step=10)] == [10]


def test_a_rejudged_rollout_is_not_counted_twice(runs: ToldRuns) -> None:
    runs.play(told(looks=2.0))
    with runs.client() as client:
        original = client.get("/v1/runs/run/evaluations").json()["evaluations"][0]
        assert client.post(f"/v1/evaluations/{original['id']}/rejudge").status_code == 202
        runs.shop.drain()
        assert len(client.get("/v1/runs/run/evaluations").json()["evaluations"]) == 2
        run = client.get("/v1/runs/run").json()
    step = only(runs)
    assert step["counts"] == run["counts"] == {"scored": 1}
    assert step["judges"][0]["evaluations"] == 1


def test_a_runs_own_figures_are_those_of_its_evaluations(runs: ToldRuns) -> None:
    runs.play(told(looks=3.0), told("source"), told("outage"), told("outage", step=1))
    with runs.client() as client:
        run = client.get("/v1/runs/run").json()
    assert run["mean_reward"] == pytest.approx((3.2 - 1.0) / 2)
    assert run["bands"] == {"no-source": 1, "rendered": 1}
    assert run["unscored_reasons"] == {"judge": 2}


def test_steps_put_together_say_what_one_step_would(runs: ToldRuns) -> None:
    parts: list[dict[str, Any]] = [
        {"looks": 2.0, "group": "a", "spread": 0.1, "length": 3_000},
        {"looks": 4.0, "group": "a"},
        {"ends": "build", "group": "a", "truncated": True},
        {"looks": 4.0, "group": "b", "spread": 0.4, "kind": "vlm"},
        {"looks": 4.0, "group": "b"},
        {"ends": "outage", "group": "b", "length": 9_000},
        {"ends": "source", "group": "c"},
        {"ends": "source", "group": "d"},
        {"ends": "build", "group": "d"},
    ]
    order = {"a": 0, "b": 1, "c": 2, "d": 0}
    runs.play(*(told(**part) for part in parts), run="one")
    runs.play(*(told(**part, step=order[part["group"]]) for part in parts), run="three")
    with runs.client() as client:
        one, three = (StepPage.model_validate(client.get(f"/v1/runs/{run}/steps").json()) for run in ("one", "three"))
    assert len(three.steps) == 3
    whole = Figures.model_validate(one.steps[0].model_dump()).model_dump()
    for name, value in total(three.steps).model_dump().items():
        assert value == (pytest.approx(whole[name], abs=2e-6) if isinstance(whole[name], float) else whole[name]), name
