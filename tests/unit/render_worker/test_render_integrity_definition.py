"""The definition of functional integrity: every way to break it, and the document that says the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from render_worker.errors import Kind, Report
from render_worker.facts import PageFacts
from render_worker.integrity import SUPPRESSED, WAYS, Break, breaks, no_end, suppression
from render_worker.looks import End, Look
from render_worker.site import ORIGIN, Site
from render_worker.traffic import MAX_DOCUMENTS, Traffic
from render_worker.visit import PageVisit
from services.contract import Severity

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "functional-integrity.md"
FINE: dict[str, Any] = {"text_length": 90, "root": "mounted", "first_paint": True}


def look(dominant: float = 0.5, **facts: Any) -> Look:
    visit = PageVisit("/", "home.png", Traffic(Site({})), settled_by="quiet", facts=PageFacts(**FINE | facts))
    visit.png = b"png"
    return Look(visit, dominant)


def unmeasured() -> Look:
    seen = look()
    seen.visit.facts = None
    return seen


def erring(kind: Kind) -> Look:
    seen = look()
    seen.visit.reports.append(Report(kind, "wrong", "page"))
    return seen


def without_a_file() -> Look:
    seen = look()
    seen.visit.traffic.missing[f"{ORIGIN}/a.png"] = None
    return seen


def restless() -> Look:
    seen = look()
    seen.visit.traffic.documents = MAX_DOCUMENTS + 1
    return seen


ON_A_PAGE = [
    (look(1.0), Break.BLANK),
    (look(root="childless"), Break.UNMOUNTED),
    (look(overlay=True), Break.OVERLAY),
    (unmeasured(), Break.UNMEASURED),
    (erring(Kind.ERROR), Break.ERROR),
    (erring(Kind.REJECTION), Break.REJECTION),
    (erring(Kind.CONSOLE), Break.CONSOLE),
    (without_a_file(), Break.MISSING),
    (restless(), Break.LIMIT),
]
AT_THE_END = [(End.CPU, Break.HUNG), (End.MEMORY, Break.LIMIT), (End.CRASHED, Break.CRASHED), (End.DIED, Break.CRASHED)]


@pytest.mark.parametrize(("seen", "broken"), ON_A_PAGE)
def test_each_break_of_a_page_is_an_error_of_its_rule(seen: Look, broken: Break) -> None:
    (finding,) = breaks(seen, set())
    assert (finding.rule, finding.severity) == (broken.value, Severity.ERROR)


@pytest.mark.parametrize(("end", "broken"), AT_THE_END)
def test_each_bad_end_is_an_error_of_its_rule(end: End, broken: Break) -> None:
    finding = no_end([look()], end)
    assert finding is not None
    assert (finding.rule, finding.severity) == (broken.value, Severity.ERROR)


def test_nothing_breaks_a_page_that_is_fine() -> None:
    assert list(breaks(look(), set())) == []
    assert no_end([look()], End.DONE) is None
    assert suppression(look()) is None


def test_every_rule_of_the_definition_can_be_broken() -> None:
    assert {broken for _, broken in [*ON_A_PAGE, *AT_THE_END]} == set(Break)


def test_every_way_of_hiding_errors_is_named() -> None:
    seen = look()
    seen.visit.suppressed |= dict.fromkeys(WAYS)
    finding = suppression(seen)
    assert finding is not None
    assert (finding.rule, finding.severity) == (SUPPRESSED, Severity.WARNING)
    assert all(words in finding.message for words in WAYS.values())


def test_the_document_names_the_rules_that_the_code_has_and_no_others() -> None:
    named = set(re.findall(r"`(render/[a-z-]+)`", DOCUMENT.read_text("utf-8")))
    assert named == {broken.value for broken in Break} | {SUPPRESSED}


def test_the_guard_tells_no_way_that_has_no_words() -> None:
    guard = (ROOT / "render_worker" / "scripts" / "guard.js").read_text("utf-8")
    assert set(re.findall(r'\bnote\("([a-z]+)"\)', guard)) == set(WAYS)
