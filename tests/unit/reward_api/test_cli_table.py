"""What the table says of evaluations."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from reward_api.cli.score import as_document, pictures
from reward_api.cli.table import as_table, ended, rows, stage_line, summary
from services.contract import Artifact, Evaluation, Finding, JudgeInfo, ProfileRef, Severity, StageReport, Status
from services.stages import Stage
from trainer_client import Scores


def evaluation(**fields: Any) -> Evaluation:
    known: dict[str, Any] = {
        "id": "e1",
        "run": "r",
        "rollout_id": "shop",
        "status": Status.SCORED,
        "stage": Stage.JUDGE,
        "profile": ProfileRef(name="cascade", version="1", hash="h"),
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Evaluation(**(known | fields))


def scores(*found: Evaluation | None) -> Scores:
    return Scores(list(found), [e.rollout_id if e else "lost" for e in found], [])


def finding(severity: Severity, message: str = "wrong", **place: Any) -> Finding:
    return Finding(rule="build/syntax", severity=severity, message=message, **place)


def test_a_scored_rollout_shows_band_reward_and_components() -> None:
    found = evaluation(reward=4.25, band="rendered", components={"appearance": 4.05, "format": 1.0}, work_seconds=3.21)
    (row,) = rows(scores(found))
    assert (row.rollout, row.stage, row.band, row.reward) == ("shop", "judge", "rendered", "4.250")
    assert (row.components, row.seconds) == ("appearance 4.05 format 1.00", "3.2")


def test_a_grade_that_no_model_gave_says_who_gave_it_in_the_row_and_below() -> None:
    components = {"appearance": 4.05, "format": 1.0}
    by_model, by_measures = (
        evaluation(reward=4.25, components=components, judge=JudgeInfo(kind=kind, model=model, samples=3))
        for kind, model in (("vlm", "a-model-2"), ("heuristic", "heuristic-2"))
    )
    found = [row.components for row in rows(scores(by_model, by_measures))]
    assert found == ["appearance 4.05 format 1.00", "appearance 4.05 (heuristic) format 1.00"]
    assert "judge: heuristic (heuristic-2)" in summary(scores(by_measures))


def test_no_reward_is_null_and_never_a_number() -> None:
    unscored = evaluation(status=Status.UNSCORED, unscored_reason="judge")
    running = evaluation(status=Status.RUNNING, stage=Stage.BUILD)
    found = rows(scores(unscored, running, None))
    assert [row.reward for row in found] == ["null", "null", "null"]
    assert [row.band for row in found] == ["unscored: judge", "running", "not accepted"]


def test_the_first_error_is_shown_before_earlier_warnings() -> None:
    lint = StageReport(stage=Stage.LINT, passed=True, findings=[finding(Severity.WARNING), finding(Severity.INFO)])
    build = StageReport(
        stage=Stage.BUILD, passed=False, findings=[finding(Severity.ERROR, "bad", file="src/a.tsx", line=3)]
    )
    (row,) = rows(scores(evaluation(reports=[lint, build])))
    assert row.finding == "build/syntax src/a.tsx:3: bad"


def test_a_candidate_s_text_cannot_drive_the_terminal() -> None:
    hostile = finding(Severity.ERROR, "\x1b[2J[red]\u202eevil\nline[/red]")
    report = StageReport(stage=Stage.BUILD, passed=False, findings=[hostile])
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123 - closed by exit
    with console.file:
        console.print(as_table(rows(scores(evaluation(reports=[report])))))
    shown = console.export_text()
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[red]" in shown


def test_progress_counts_by_stage() -> None:
    found = [
        evaluation(),
        evaluation(status=Status.RUNNING, stage=Stage.BUILD),
        evaluation(status=Status.QUEUED, stage=Stage.LINT),
        evaluation(status=Status.QUEUED, stage=Stage.BUILD),
        None,
    ]
    assert stage_line(found) == "sending 1 · lint 1 · build 2"
    assert ended(found) == 1


def test_the_summary_names_the_judge() -> None:
    judged = evaluation(reward=2.0, judge=JudgeInfo(kind="heuristic", model="h1", samples=1))
    assert summary(scores(judged, None)) == "1 of 2 scored, mean reward 2.000; judge: heuristic (h1)"


def test_json_has_null_for_what_was_never_accepted() -> None:
    document = as_document(scores(evaluation(reward=1.5), None))
    assert document["rewards"] == [1.5, None]
    assert document["evaluations"][0]["id"] == "e1"
    assert document["evaluations"][1] is None


def test_only_pictures_with_plain_names_are_saved() -> None:
    def artifact(media_type: str) -> Artifact:
        return Artifact(blob="0" * 64, media_type=media_type, size=1)

    names = {"home.png": "image/png", "../x.png": "image/png", ".hid.png": "image/png", "build.log": "text/plain"}
    report = StageReport(stage=Stage.RENDER, passed=True, artifacts={n: artifact(kind) for n, kind in names.items()})
    assert pictures(evaluation(reports=[report])) == ["home.png"]
