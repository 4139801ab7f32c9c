"""People's grades as they are read, and which verdicts stand beside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reward_api.analysis.scatter import apart, scatter
from reward_api.cli.grades import Site, read_grades
from reward_api.cli.intake import IntakeError
from reward_api.cli.verdicts import Book, calibrations
from services.contract import Evaluation, JudgeInfo, ProfileRef, StageReport, Status
from services.errors import NotFound
from services.judge.protocol import CRITERIA
from services.stages import Stage

FULL = {"rendering": 4, "relevance": 3, "layout": 2, "beauty": 1}


def written(tmp_path: Path, *lines: dict[str, Any] | str) -> Path:
    path = tmp_path / "grades.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    return path


def test_criteria_make_an_appearance_and_several_raters_a_mean(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {"evaluation": "ev_1", "rater": "anna", "criteria": FULL},
        "",
        {"evaluation": "ev_1", "rater": "ben", "criteria": {"beauty": 4}, "overall": 3},
        {"rollout": "r2", "overall": 5},
    )
    first, second = read_grades(path)
    assert first == Site(
        "ev_1",
        None,
        {"appearance": 2.5, "rendering": 4, "relevance": 3, "layout": 2, "beauty": 2.5, "overall": 3},
        raters=2,
    )
    assert (second.name, second.grades, second.raters) == ("r2", {"overall": 5}, 1)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{", "line 2"),
        ({"evaluation": "ev_1"}, "line 2.*no grade"),
        ({"overall": 3}, "either evaluation or rollout"),
        ({"evaluation": "ev_1", "rollout": "r1", "overall": 3}, "either evaluation or rollout"),
        ({"evaluation": "ev_1", "overall": 80}, "line 2: overall: .*less than or equal to 5"),
        ({"evaluation": "ev_1", "criteria": {"beuaty": 3}}, "'beuaty'"),
        ({"evaluation": "ev_1", "overal": 3}, "overal"),
    ],
)
def test_a_line_that_is_no_grading_is_named(tmp_path: Path, line: dict[str, Any] | str, why: str) -> None:
    with pytest.raises(IntakeError, match=why):
        read_grades(written(tmp_path, {"evaluation": "ev_0", "overall": 3}, line))


def test_an_empty_or_missing_file_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="holds no grades"):
        read_grades(written(tmp_path))
    with pytest.raises(IntakeError, match="cannot be read"):
        read_grades(tmp_path / "nothing")


class Shelf:
    """A source of evaluations that are there."""

    def __init__(self, *found: Evaluation) -> None:
        self.found = found

    def evaluation(self, evaluation_id: str) -> Evaluation:
        for one in self.found:
            if one.id == evaluation_id:
                return one
        raise NotFound(evaluation_id)

    def evaluations(self, run: str, *, step: int | None = None) -> Iterator[Evaluation]:
        return (one for one in self.found if one.run == run)


def judged(id_: str, *grades: float, model: str = "eye-1", of: str | None = None) -> Evaluation:
    """An evaluation with one sample for each grade, which is that of every criterion; ``overall`` is one less."""
    samples = [{"criteria": dict.fromkeys(CRITERIA, grade), "overall": grade - 1} for grade in grades]
    report = StageReport(stage=Stage.JUDGE, passed=bool(samples), facts={"samples": samples})
    return Evaluation(
        id=id_,
        run="run",
        rollout_id=f"r-{id_}",
        step=1,
        group="g",
        status=Status.SCORED,
        reports=[report],
        judge=JudgeInfo(kind="vlm", model=model, samples=len(grades)),
        profile=ProfileRef(name="cascade", version="1", hash="0"),
        versions={"judge": f"vlm:{model}"},
        derived_from=of,
        created_at=datetime.now(UTC),
    )


def site(evaluation: str | None = None, rollout: str | None = None) -> Site:
    return Site(evaluation, rollout, {"appearance": 2.0, "overall": 2.0}, 1)


def compared(source: Shelf, *sites: Site, rejudged: bool = False) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """Model -> evaluation -> appearance, and what was left out."""
    found, left_out = calibrations(sites, Book(source, "run", rejudged=rejudged))  # type: ignore[arg-type]
    return {one.who.model: {p.evaluation: p.judge["appearance"] for p in one.points} for one in found}, left_out


def test_sites_are_found_by_evaluation_and_by_rollout_and_others_are_counted() -> None:
    shelf = Shelf(judged("a", 3.0, 4.0), judged("b", 1.0), judged("c"))
    found, left_out = compared(shelf, site("a"), site(None, "r-b"), site("c"), site("zz"), site(None, "r-zz"))
    assert found == {"eye-1": {"a": 3.5, "b": 1.0}}
    assert left_out == {"no verdict": 1, "unknown": 2}


def test_judges_are_never_put_together_and_judgings_by_one_count_as_its_samples() -> None:
    shelf = Shelf(judged("a", 3.0), judged("d", 5.0, of="a"), judged("e", 1.0, 2.0, model="eye-2", of="a"))
    assert compared(shelf, site("a")) == ({"eye-1": {"a": 3.0}}, {})
    assert compared(shelf, site("a"), rejudged=True) == ({"eye-1": {"a": 4.0}, "eye-2": {"a": 1.5}}, {})


def test_scales_that_people_did_not_grade_have_no_figures() -> None:
    (found,), _ = calibrations([site("a")], Book(Shelf(judged("a", 3.0)), None, rejudged=False))  # type: ignore[arg-type]
    assert {scale: figures.bias for scale, figures in found.scales().items()} == {"appearance": 1.0, "overall": 0.0}


def test_points_at_one_place_are_drawn_apart_and_close_by() -> None:
    moved = apart([(3.0, 3.0)] * 5 + [(1.0, 2.0)])
    assert len(set(moved)) == 6
    assert moved[0] == (3.0, 3.0)
    assert all(abs(x - 3) < 0.2 and abs(y - 3) < 0.2 for x, y in moved[:5])


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_the_picture_has_the_wanted_form(form: str, start: bytes) -> None:
    (found,), _ = calibrations([site("a")], Book(Shelf(judged("a", 3.0)), None, rejudged=False))  # type: ignore[arg-type]
    scales = found.scales()
    assert scatter("a judge", {scale: found.pairs(scale) for scale in scales}, scales, form).startswith(start)
