"""The heuristic judge on real pages: blank below unstyled below plain below finished; the same every time."""

from __future__ import annotations

import io
from typing import Any

import pytest
import sample_pages
from PIL import Image

from services.contract import Severity
from services.errors import JudgeError
from services.judge.heuristic import HeuristicJudge, overlap
from services.judge.measures import colourfulness
from services.judge.page_facts import PageFacts, read_page
from services.judge.protocol import Case, Shot, Verdict

PAGES = ("BLANK", "UNSTYLED", "WALL_OF_TEXT", "PLAIN", "FINISHED", "FINISHED_DARK")
INSTRUCTION = "A site for a coffee roastery with a menu and opening hours"
Photographs = dict[str, tuple[bytes, dict[str, Any]]]


@pytest.fixture(scope="module")
def photographs() -> Photographs:
    with sample_pages.browser() as started:
        return {name: sample_pages.photograph(started, getattr(sample_pages, name)) for name in PAGES}


def judged(png: bytes, page: object = None, *further: bytes) -> Verdict:
    shots = (Shot("home.png", "/", png), *(Shot(f"{i}.png", f"/{i}", other) for i, other in enumerate(further)))
    return HeuristicJudge().judge(Case(INSTRUCTION, shots, {} if page is None else {"page": {"home.png": page}}))


def grade(png: bytes, page: object = None, *further: bytes) -> float:
    return judged(png, page, *further).samples[0].overall


@pytest.mark.parametrize("with_facts", [True, False])
def test_more_finished_pages_grade_higher(photographs: Photographs, with_facts: bool) -> None:
    grades = {name: grade(png, facts if with_facts else None) for name, (png, facts) in photographs.items()}
    assert grades["BLANK"] < 0.1
    assert grades["BLANK"] + 0.4 < grades["UNSTYLED"] < grades["PLAIN"] - 0.2
    assert grades["PLAIN"] + 1.0 < min(grades["FINISHED"], grades["FINISHED_DARK"])


def test_grades_lie_where_the_scale_says(photographs: Photographs) -> None:
    grades = {name: grade(png, facts) for name, (png, facts) in photographs.items()}
    assert 0.6 <= grades["UNSTYLED"] <= 1.4
    assert 0.6 <= grades["WALL_OF_TEXT"] <= 1.6
    assert 1.3 <= grades["PLAIN"] <= 2.5
    assert 3.0 <= grades["FINISHED"] <= 4.8
    assert 3.0 <= grades["FINISHED_DARK"] <= 4.8


def test_the_same_picture_gets_the_same_verdict(photographs: Photographs) -> None:
    png, facts = photographs["FINISHED"]
    assert judged(png, facts) == judged(png, facts)


def test_every_verdict_says_what_it_is(photographs: Photographs) -> None:
    verdict = judged(*photographs["PLAIN"])
    assert verdict.kind == "heuristic"
    assert [(f.rule, f.severity) for f in verdict.findings] == [("judge/heuristic", Severity.INFO)]
    assert "not a vision-language model" in verdict.samples[0].reason


def test_empty_further_pages_cost_and_finished_ones_do_not(photographs: Photographs) -> None:
    home, facts = photographs["FINISHED"]
    assert grade(home, facts, photographs["BLANK"][0]) < grade(home, facts) - 1
    assert grade(home, facts, photographs["FINISHED_DARK"][0]) > grade(home, facts) - 0.5


def test_words_of_the_page_can_lower_relevance_and_never_raise_it(photographs: Photographs) -> None:
    png, shown = photographs["FINISHED"]
    facts = {name: value for name, value in shown.items() if name != "text"}
    silent = judged(png, facts).samples[0].criteria["relevance"]
    fitting = judged(png, facts | {"text": f"Coffee roastery menu opening {INSTRUCTION * 2}"}).samples[0]
    foreign = judged(png, facts | {"text": "Lorem ipsum dolor amet"}).samples[0]
    assert fitting.criteria["relevance"] == silent
    assert foreign.criteria["relevance"] < silent
    assert foreign.criteria["beauty"] == fitting.criteria["beauty"]


@pytest.mark.parametrize(
    "page",
    [
        [],
        "text",
        {"text_length": "many", "font_sizes": None},
        {"font_sizes": [0, -1, True, "16px", float("nan"), 1e300], "headings": -3, "viewport_overflow_px": []},
        {"text_length": float("inf"), "title": 5, "text": None, "controls": True},
        {"text_blocks": "many", "covered": [], "readable": "all", "font_families": True, "page_height_px": -1},
    ],
)
def test_facts_that_make_no_sense_are_unknown(photographs: Photographs, page: object) -> None:
    assert grade(photographs["PLAIN"][0], page) == grade(photographs["PLAIN"][0])
    assert read_page({"page": {"home.png": page}}, "home.png") == PageFacts()
    assert read_page({"page": page}, "home.png") == PageFacts()


def test_a_damaged_picture_is_our_fault(photographs: Photographs) -> None:
    png = photographs["PLAIN"][0]
    with pytest.raises(JudgeError, match="cannot be decoded"):
        judged(png[: len(png) // 2])


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (2_000, 1), (1, 2_000)])
def test_odd_sizes_are_measured_all_the_same(size: tuple[int, int]) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", size, (10, 200, 30, 128)).save(buffer, "PNG")
    assert grade(buffer.getvalue()) < 0.1


def test_colourfulness_of_greys_is_nothing_and_of_colours_much() -> None:
    halves = Image.new("RGB", (100, 100), "red")
    halves.paste("blue", (0, 0, 50, 100))
    assert colourfulness(Image.new("RGB", (100, 100), "#777777")) == 0
    assert colourfulness(halves) > 100


def test_overlap_counts_words_of_the_instruction_once() -> None:
    assert overlap("coffee menu hours", "Coffee, menu and hours") == 1
    assert overlap("coffee menu hours", "something else entirely") < 0.5
    assert overlap("a b c", "") == 1
