"""From what was seen of a site to what it means."""

from __future__ import annotations

from typing import Any

import pytest

from render_worker.errors import Kind, Report
from render_worker.facts import PageFacts, read_facts
from render_worker.site import ORIGIN, Site
from render_worker.traffic import MAX_DOCUMENTS, MAX_SERVED_BYTES, Traffic, Wanted
from render_worker.verdict import End, Look, Ruling, rule
from render_worker.visit import PageVisit

FINE: dict[str, Any] = {"text_length": 90, "root": "mounted", "first_paint": True}


def look(dominant: float | None = 0.7, route: str = "/", **facts: Any) -> Look:
    visit = PageVisit(route, "home.png", Traffic(Site({})), settled_by="quiet", facts=PageFacts(**FINE | facts))
    visit.png = None if dominant is None else b"png"
    return Look(visit, dominant)


def rules(ruling: Ruling) -> list[str]:
    return [finding.rule for finding in ruling.findings]


def test_a_page_with_something_on_it_passes_and_works() -> None:
    ruling = rule([look()], End.DONE)
    assert (ruling.passed, ruling.functional, ruling.contended, ruling.findings) == (True, True, False, ())


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (look(1.0), "render/blank"),
        (look(0.9995, text_length=0), "render/blank"),
        (look(0.9, text_length=0, first_paint=False), "render/blank"),
        (look(root="childless"), "render/unmounted"),
        (look(root="absent", text_length=0, painted=True), "render/unmounted"),
        (look(overlay=True), "render/error-overlay"),
        (look(None), "render/blank"),
    ],
)
def test_a_home_page_that_shows_nothing_did_not_render(seen: Look, expected: str) -> None:
    ruling = rule([seen], End.DONE)
    assert expected in rules(ruling)
    assert not ruling.passed
    assert not ruling.functional


@pytest.mark.parametrize(
    "seen",
    [look(0.9995), look(0.98, text_length=0), look(0.9, text_length=0, painted=True), look(root="absent")],
)
def test_sparse_pages_are_not_blank(seen: Look) -> None:
    assert rule([seen], End.DONE).passed


def test_a_page_that_cannot_be_measured_did_not_render() -> None:
    seen = look()
    seen.visit.facts = None
    ruling = rule([seen], End.DONE)
    assert (ruling.passed, ruling.contended, rules(ruling)) == (False, False, ["render/unmeasured"])


def test_a_page_that_pours_bytes_did_not_render() -> None:
    seen = look()
    seen.visit.traffic.served = MAX_SERVED_BYTES + 1
    ruling = rule([seen], End.DONE)
    assert (ruling.passed, rules(ruling)) == (False, ["render/limit"])


@pytest.mark.parametrize(("settled_by", "contended"), [("cap", True), ("quiet", False), ("motion", False)])
def test_a_failure_seen_at_the_settle_bound_may_be_our_load(settled_by: str, contended: bool) -> None:
    seen = look(root="childless")
    seen.visit.settled_by = settled_by
    assert rule([seen], End.DONE).contended is contended
    fine = look()
    fine.visit.settled_by = settled_by
    assert not rule([fine], End.DONE).contended


def test_a_screenshot_that_did_not_come_in_time_may_be_our_load() -> None:
    ruling = rule([look(None)], End.DONE)
    assert (ruling.passed, ruling.contended) == (False, True)


def test_errors_cost_function_but_not_the_render() -> None:
    seen = look()
    seen.visit.reports.append(Report(Kind.CONSOLE, "bad", "page"))
    ruling = rule([seen], End.DONE)
    assert (ruling.passed, ruling.functional, rules(ruling)) == (True, False, ["render/console-error"])


def test_an_error_on_a_further_page_costs_function_too() -> None:
    ruling = rule([look(), look(1.0, "/about")], End.DONE)
    assert (ruling.passed, ruling.functional, rules(ruling)) == (True, False, ["render/blank"])


def test_a_missing_file_costs_function_and_a_missing_home_page_the_render() -> None:
    seen = look()
    seen.visit.traffic.missing[f"{ORIGIN}/logo.png"] = None
    assert (rule([seen], End.DONE).passed, rule([seen], End.DONE).functional) == (True, False)
    seen.visit.traffic.missing[f"{ORIGIN}/"] = None
    assert not rule([seen], End.DONE).passed


def test_what_is_sent_to_the_home_page_finds_nothing_there_and_the_page_is_rendered_all_the_same() -> None:
    seen = look()
    seen.visit.traffic = Traffic(Site({"index.html": b"<h1>Home</h1>"}))
    sent = Wanted(f"{ORIGIN}/", "POST", "fetch", navigates=False, top=False)
    answer = seen.visit.traffic.decide(sent)
    assert answer is not None
    assert answer.status == 404
    assert (rule([seen], End.DONE).passed, rule([seen], End.DONE).functional) == (True, False)


def test_a_replaced_console_is_told_and_forgiven() -> None:
    seen = look()
    seen.visit.suppressed |= {"console": None, "prevented": None, "unheard of": None}
    ruling = rule([seen], End.DONE)
    assert (ruling.functional, rules(ruling)) == (True, ["render/errors-suppressed"])
    assert "`console.error` or `console` was replaced; a listener prevents them" in ruling.findings[0].message


def test_a_page_that_reloads_for_ever_did_not_render() -> None:
    seen = look()
    seen.visit.traffic.documents = MAX_DOCUMENTS + 1
    assert not rule([seen], End.DONE).passed


@pytest.mark.parametrize(
    ("end", "finding", "contended"),
    [
        (End.CPU, "render/hung", False),
        (End.MEMORY, "render/limit", False),
        (End.PROCESSES, "render/limit", False),
        (End.WALL, "render/limit", True),
        (End.CRASHED, "render/crashed", True),
        (End.DIED, "render/crashed", True),
    ],
)
def test_how_a_run_ends_before_its_first_picture(end: End, finding: str, contended: bool) -> None:
    unseen = Look(PageVisit("/", "home.png", Traffic(Site({}))), None)
    ruling = rule([unseen], end)
    assert (ruling.passed, rules(ruling), ruling.contended) == (False, [finding], contended)


def test_a_page_that_hangs_later_leaves_the_home_page_rendered() -> None:
    hung = Look(PageVisit("/b", "route-1.png", Traffic(Site({}))), None)
    ruling = rule([look(), hung], End.CPU)
    assert (ruling.passed, ruling.functional, rules(ruling)) == (True, False, ["render/hung"])


def test_a_flood_of_errors_makes_few_findings() -> None:
    seen = look()
    seen.visit.reports += [Report(Kind.ERROR, f"Error: {n}", "page") for n in range(150)]
    assert len(rule([seen], End.DONE).findings) == 10


def test_facts_of_the_wrong_shape_are_no_facts() -> None:
    assert read_facts({"title": {}, "text_length": 1}) is not None
    assert read_facts({"text_length": "many"}) is None
    assert read_facts(None) is None


def test_another_face_and_the_scaffold_are_told_and_cost_nothing() -> None:
    faces = Look(look().visit, 0.7, changed=0.6)
    assert (rules(rule([faces], End.DONE)), rule([faces], End.DONE).functional) == (["render/changes-face"], True)
    assert rules(rule([Look(look().visit, 0.7, changed=0.2)], End.DONE)) == []
    ruling = rule([look(text="Replace this page with the website.")], End.DONE)
    assert (rules(ruling), ruling.functional) == (["render/unchanged-scaffold"], True)


def test_an_error_that_the_home_page_has_is_not_told_again_of_its_mobile_look() -> None:
    home, mobile = look(), look()
    mobile.visit.mobile = True
    for seen in (home, mobile):
        seen.visit.reports.append(Report(Kind.ERROR, "Error: both", "page"))
    mobile.visit.reports.append(Report(Kind.ERROR, "Error: narrow", "page"))
    told = [finding.message for finding in rule([home, mobile], End.DONE).findings]
    assert told == ["On /: Error: both", "On / at mobile width: Error: narrow"]
