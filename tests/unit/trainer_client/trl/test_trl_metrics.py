"""What a batch says to the trainer's log: always the same names, and what each counts."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services import errors
from services.contract import Artifact, Evaluation, Finding, JudgeInfo, ProfileRef, Severity, StageReport, Status
from services.judge import heuristic
from services.rewards.profile import Band
from services.stages import Stage
from trainer_client.scores import Scores
from trainer_client.trl.metrics import BANDS, NULLS, metrics, table
from trainer_client.trl.rows import HEURISTIC, Row, heuristic_judge, null_share, reasons, row_of, without_thin_groups
from trainer_client.trl.settings import Options, Settings

COMPONENTS = ("appearance", "functional")


def ended(reward: float | None = 1.0, **fields: Any) -> Evaluation:
    told: dict[str, Any] = {
        "id": "e1",
        "run": "r",
        "rollout_id": "1",
        "status": Status.UNSCORED if reward is None else Status.SCORED,
        "reward": reward,
        "profile": ProfileRef(name="cascade", version="1", hash="h"),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Evaluation(**{**told, **fields})


def test_names_are_the_same_whatever_happened() -> None:
    batches: list[list[Row]] = [
        [row_of(None)],
        [row_of(ended(band="rendered", components={"appearance": 3.0}))],
        [row_of(ended(None, unscored_reason="something new"))],
    ]
    assert len({tuple(metrics(rows, COMPONENTS, 1.0)) for rows in batches}) == 1


def test_shares_are_over_all_rows_and_components_over_those_with_a_reward() -> None:
    judged = ended(
        4.1,
        band="rendered",
        components={"appearance": 4.0},
        judge=JudgeInfo(kind="vlm", model="m", samples=3, spread=0.5),
        truncated=True,
        reused=[Stage.BUILD],
    )
    failed = ended(-0.4, band="build-failed", reused=[Stage.RESOLVE])
    away = ended(None, unscored_reason="judge-down")
    told = metrics([row_of(judged), row_of(failed), row_of(away), row_of(None)], COMPONENTS, 2.5)
    means = {name: sum(values) / len(values) for name, values in told.items()}
    assert means["webgen/scored"] == 0.5
    assert (means["webgen/band/rendered"], means["webgen/band/build-failed"]) == (0.25, 0.25)
    assert (means["webgen/null/judge"], means["webgen/null/unreachable"]) == (0.25, 0.25)
    assert means["webgen/component/appearance"] == 2.0
    assert means["webgen/judge_spread"] == 0.5
    assert (means["webgen/truncated"], means["webgen/reused"]) == (0.25, 0.25)
    assert told["webgen/wait_seconds"] == [2.5]
    assert means["webgen/scored"] + sum(means[f"webgen/null/{name}"] for name in NULLS) == 1.0


def test_a_mean_over_nothing_is_no_number_instead_of_a_wrong_one() -> None:
    told = metrics([row_of(None)], COMPONENTS, 1.0)
    assert math.isnan(told["webgen/component/appearance"][0])


def test_bands_are_the_profiles() -> None:
    assert set(BANDS) == {band.value for band in Band}


def test_every_reason_of_the_service_has_its_metric() -> None:
    kinds = [errors.InfrastructureError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    known = {reason for found in NULLS.values() for reason in found}
    assert {kind.reason for kind in kinds} | {"worker-lost"} <= known


@pytest.mark.parametrize(
    ("evaluation", "reason"),
    [
        (None, "unreachable"),
        (ended(None, status=Status.RUNNING), "deadline"),
        (ended(None, status=Status.CANCELLED), "cancelled"),
        (ended(None, unscored_reason="browser"), "browser"),
        (ended(0.0), None),
    ],
)
def test_why_a_row_has_no_reward(evaluation: Evaluation | None, reason: str | None) -> None:
    assert row_of(evaluation).reason == reason


def test_components_are_missing_with_the_reward_and_zero_where_a_site_did_not_get_that_far() -> None:
    scored, away = row_of(ended(-1.0, components={"static": 0.5})), row_of(ended(None, components={"static": 0.5}))
    assert (scored.component("static"), scored.component("appearance")) == (0.5, 0.0)
    assert away.component("static") is None


def test_a_group_of_which_most_is_missing_has_no_rewards() -> None:
    rows = [row_of(ended(1.0)), row_of(None), row_of(None), row_of(ended(2.0)), row_of(ended(3.0)), row_of(None)]
    kept = without_thin_groups(rows, [[0, 1, 2], [3, 4, 5]], 0.5)
    assert [row.reward for row in kept] == [None, None, None, 2.0, 3.0, None]
    assert kept[0].reason == "thin-group"
    assert without_thin_groups(rows, [[0, 1, 2]], 0.0) == rows
    assert (null_share(kept), reasons(kept)) == (4 / 6, "thin-group 1, unreachable 3")


def test_the_heuristic_judge_is_known_before_and_after_it_graded() -> None:
    graded = ended(judge=JudgeInfo(kind="heuristic", model="heuristic-3", samples=1))
    waiting = ended(None, status=Status.QUEUED, versions={"judge": "heuristic-3"})
    assert heuristic.VERSION.startswith(HEURISTIC)
    assert heuristic_judge([None, graded]) == heuristic_judge([waiting]) == "heuristic-3"
    assert (
        heuristic_judge([ended(judge=JudgeInfo(kind="vlm", model="m", samples=1), versions={"judge": "vlm"})]) is None
    )


def test_the_table_shows_the_first_error_and_the_home_page() -> None:
    found = [
        Finding(rule="static/install-action", severity=Severity.WARNING, message="none"),
        Finding(rule="render/console", severity=Severity.ERROR, message="boom"),
    ]
    picture = Artifact(blob="b", media_type="image/png", size=1)
    report = StageReport(
        stage=Stage.RENDER, passed=True, findings=found, artifacts={"about.png": picture, "home.png": picture}
    )
    rows = [row_of(ended(band="rendered", reports=[report])), row_of(None)]
    told = table(rows, COMPONENTS, "http://gateway/")
    assert told["webgen/outcome"] == ["rendered", "null: unreachable"]
    assert told["webgen/finding"] == ["render/console: boom", None]
    assert told["webgen/screenshot"] == ["http://gateway/v1/evaluations/e1/artifacts/home.png", None]
    assert {len(cells) for cells in told.values()} == {2}


def test_scores_are_rows_in_order() -> None:
    rows = [row_of(one) for one in Scores([ended(1.0), None], ["1", "2"], [])]
    assert [row.reward for row in rows] == [1.0, None]


def test_every_metric_and_option_that_the_guide_names_is_one_and_none_is_left_out() -> None:
    guide = (Path(__file__).parents[4] / "docs" / "trl.md").read_text()
    rows = [line.split("|")[1] for line in guide.splitlines() if line.startswith("| `webgen/")]
    named = {name if "/" in name else f"webgen/band/{name}" for row in rows for name in re.findall(r"`([^`]+)`", row)}
    logged = set(metrics([row_of(None)], ("appearance",), 1.0))
    assert named == logged
    options = set(re.findall(r"^\| `([a-z_]+)` \|", guide, re.MULTILINE))
    assert options
    assert options <= set(Options.__annotations__)
    assert set(Options.__annotations__) <= set(Settings.__slots__)
