"""Which rollouts a table of screenshots shows, and how."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.contract import Artifact, Evaluation, Finding, ProfileRef, Severity, StageReport, Status
from services.stages import Stage
from trainer_client.recipes.shown import COLUMNS, Shown, as_markdown, first_finding, has_screenshot, png_size, spread


def evaluation(reward: float | None, *reports: StageReport, **more: Any) -> Evaluation:
    return Evaluation(
        id=f"e{reward}",
        run="r",
        rollout_id="x",
        status=Status.UNSCORED if reward is None else Status.SCORED,
        reward=reward,
        reports=list(reports),
        profile=ProfileRef(name="cascade", version="2", hash="0"),
        created_at=datetime.now(UTC),
        **more,
    )


def test_the_best_the_worst_and_even_distances_between() -> None:
    steps = [evaluation(float(number)) for number in range(9)] + [evaluation(None)]
    assert [one.reward for one in spread(steps, 3)] == [8.0, 4.0, 0.0]
    assert [one.reward for one in spread(steps, 1)] == [8.0]
    assert len(spread(steps, 20)) == 9


def test_an_error_is_told_before_a_note() -> None:
    note = Finding(rule="static/bare-imports", severity=Severity.WARNING, message="undeclared")
    error = Finding(rule="build/syntax", severity=Severity.ERROR, message="unexpected token")
    lint = StageReport(stage=Stage.LINT, passed=True, findings=[note])
    assert first_finding(evaluation(-0.4, lint)) == "static/bare-imports: undeclared"
    build = StageReport(stage=Stage.BUILD, passed=False, findings=[error])
    assert first_finding(evaluation(-0.4, lint, build)) == "build/syntax: unexpected token"
    assert first_finding(evaluation(5.0)) == ""


def test_only_a_rendered_site_has_a_screenshot() -> None:
    shot = Artifact(blob="0" * 64, media_type="image/png", size=3)
    render = StageReport(stage=Stage.RENDER, passed=True, artifacts={"home.png": shot})
    assert has_screenshot(evaluation(4.0, render))
    assert not has_screenshot(evaluation(-1.0))


def test_a_pictures_size_is_read_from_its_header() -> None:
    header = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (1280).to_bytes(4) + (800).to_bytes(4)
    assert png_size(header) == (1280, 800)
    assert png_size(header[:20]) is None
    assert png_size(b"GIF89a" + bytes(40)) is None


def test_what_candidates_wrote_cannot_break_the_table() -> None:
    finding = Finding(rule="build/syntax", severity=Severity.ERROR, message="a | b\n<script>")
    one = evaluation(-0.4, StageReport(stage=Stage.BUILD, passed=False, findings=[finding]), step=3, group="1")
    table = as_markdown([Shown(one, "Make a shop")]).splitlines()
    assert len(table) == 3
    assert table[0] == " | ".join(COLUMNS)
    assert table[2].startswith("3 | 1 |  | -0.400 |")
    assert "a \\| b &lt;script>" in table[2]
