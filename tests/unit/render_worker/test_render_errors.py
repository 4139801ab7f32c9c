"""Two witnesses of one page's errors, merged."""

from __future__ import annotations

import pytest

from render_worker.errors import Cause, Kind, Report, clean, merge
from render_worker.libraries import brings
from render_worker.site import ORIGIN

OUTSIDE = "https://api.example/x"


def page(kind: Kind, text: str) -> Report:
    return Report(kind, text, "page")


def protocol(kind: Kind, text: str, url: str = "") -> Report:
    return Report(kind, text, "protocol", url)


def kinds(*reports: Report, refused: dict[str, str] | None = None) -> list[tuple[str, str]]:
    return [(error.kind.value, error.text) for error in merge(reports, refused or {})]


@pytest.mark.parametrize("backwards", [False, True])
def test_one_error_told_by_both_counts_once_in_any_order(backwards: bool) -> None:
    both = [page(Kind.REJECTION, "TypeError: boom"), protocol(Kind.ERROR, "boom")]
    assert kinds(*(reversed(both) if backwards else both)) == [("unhandled-rejection", "TypeError: boom")]


@pytest.mark.parametrize("told", [page(Kind.ERROR, "Error: a"), protocol(Kind.ERROR, "a")])
def test_one_witness_is_enough(told: Report) -> None:
    assert len(kinds(told)) == 1


def test_an_error_in_a_loop_counts_once() -> None:
    assert len(kinds(*[page(Kind.ERROR, "Error: a")] * 9)) == 1


def test_a_console_error_with_objects_is_recognised_in_the_protocols_spelling() -> None:
    told = kinds(page(Kind.CONSOLE, 'bad {"a":1}'), protocol(Kind.CONSOLE, "bad {a: 1}"))
    assert told == [("console-error", 'bad {"a":1}')]


def excused(kind: Kind, text: str) -> Report:
    return Report(kind, text, "page", cause=Cause.REFUSAL)


def browser(text: str, url: str = "") -> Report:
    return Report(Kind.CONSOLE, text, "browser", url)


def test_what_comes_of_our_refusal_alone_is_not_the_sites_error() -> None:
    reports = [
        browser("Failed to load resource: net::ERR_FAILED", OUTSIDE),
        browser("WebSocket connection to 'wss://chat.example/' failed: "),
        excused(Kind.REJECTION, "TypeError: Failed to fetch"),
        protocol(Kind.ERROR, "Failed to fetch"),
        excused(Kind.CONSOLE, "Could not load: TypeError: Failed to fetch"),
        protocol(Kind.CONSOLE, "Could not load: TypeError: Failed to fetch\n    at x (http://localhost:4173/a.js)"),
        page(Kind.REJECTION, f"TypeError: Failed to fetch dynamically imported module: {OUTSIDE}"),
        page(Kind.ERROR, "ReferenceError: Chart is not defined"),
        page(Kind.REJECTION, "NetworkError: A network error occurred."),
    ]
    refused = {OUTSIDE: "script", "https://cdn.example/chart@4/x.js": "script", "https://fonts.example/a": "font"}
    assert kinds(*reports, refused=refused) == []


def test_an_error_told_once_as_the_pages_own_counts() -> None:
    same = "TypeError: Failed to fetch"
    assert kinds(excused(Kind.REJECTION, same), page(Kind.REJECTION, same)) == [("unhandled-rejection", same)]


@pytest.mark.parametrize(
    "report",
    [
        page(Kind.ERROR, "Error: Failed to fetch"),
        page(Kind.REJECTION, "Error: Network Error"),
        page(Kind.CONSOLE, f"Failed to fetch {OUTSIDE}"),
        page(Kind.CONSOLE, "Chart is not defined"),
        page(Kind.ERROR, "ReferenceError: useState is not defined"),
        page(Kind.ERROR, "Error: ResizeObserver loop completed with undelivered notifications."),
        protocol(Kind.CONSOLE, "Failed to load resource: net::ERR_FAILED", OUTSIDE),
    ],
)
def test_a_refusal_excuses_no_error_for_what_it_says(report: Report) -> None:
    assert len(kinds(report, refused={OUTSIDE: "script", "https://cdn.example/chart.js": "script"})) == 1


def test_a_module_of_the_site_is_excused_only_where_its_file_is_there() -> None:
    report = page(Kind.REJECTION, f"TypeError: Failed to fetch dynamically imported module: {ORIGIN}/map.js")
    refused = {OUTSIDE: "script"}
    assert merge([report], refused) == []
    assert len(merge([report], refused, {f"{ORIGIN}/map.js"})) == 1
    assert len(merge([report], {OUTSIDE: "fetch"})) == 1


def test_a_worker_that_fetches_is_excused_only_with_a_refusal() -> None:
    report = protocol(Kind.ERROR, "Failed to fetch")
    assert kinds(report) != []
    assert kinds(report, refused={OUTSIDE: "fetch"}) == []


def test_a_socket_to_the_sites_own_address_is_its_own_error() -> None:
    text = f"WebSocket connection to '{ORIGIN.replace('http', 'ws')}/live' failed: "
    assert kinds(browser(text), refused={OUTSIDE: "fetch"}) != []


def test_the_browsers_own_complaints_count() -> None:
    assert kinds(browser("Refused to apply style because its MIME type is not supported", f"{ORIGIN}/a.css")) != []


def test_a_benign_layout_notice_is_no_error() -> None:
    assert kinds(protocol(Kind.ERROR, "ResizeObserver loop completed with undelivered notifications.")) == []


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://cdn.example/npm/gsap@3.12/dist/gsap.min.js", "gsap"),
        ("https://code.example/jquery-3.7.1.min.js", "$"),
        ("https://unpkg.example/react-dom@18/umd/react-dom.production.min.js", "ReactDOM"),
        ("https://unpkg.example/leaflet@1.9/dist/leaflet.js", "L"),
        ("https://maps.googleapis.com/maps/api/js?key=x", "google"),
        ("https://cdn.example/npm/@studio-freight/lenis@1.0/bundled/x.js", "Lenis"),
        ("https://unpkg.com/feather-icons", "feather"),
        ("https://cdn.example/ajax/libs/three/0.160.0/x.js", "THREE"),
        ("https://cdn.example/ajax/libs/socket.io/4.7.2/socket.io.min.js", "io"),
        ("https://cdn.example/gh/owner/typed@2/lib/x.js", "Typed"),
        ("https://cdn.example/vanilla-tilt.min.js", "VanillaTilt"),
        ("https://js.stripe.com/v3/", "Stripe"),
        ("https://cdn.tailwindcss.com", "tailwind"),
        ("https://cdn.tailwindcss.com/3.4.1?plugins=forms", "tailwind"),
    ],
)
def test_a_librarys_name_is_read_off_its_address(url: str, name: str) -> None:
    assert brings(url, name)


@pytest.mark.parametrize("name", ["useState", "js", "x", "https", "app"])
def test_other_names_are_not_a_librarys(name: str) -> None:
    assert not brings("https://cdn.example/npm/gsap@3.12/dist/gsap.min.js", name)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://cdn.example/useState/useEffect/motion/a.js", "useState"),
        ("https://cdn.example/useState/useEffect/motion/a.js", "motion"),
        ("https://cdn.example/jquery/a.js", "$"),
        ("https://cdn.example/npm/a@1/motion/npm/gsap/b.js", "motion"),
        ("https://cdn.example/npm/a@1/motion/npm/gsap/b.js", "gsap"),
        ("https://cdn.example/useState.js", "useState"),
        ("https://cdn.example/a-card-motion.js", "motion"),
        ("https://cdn.example/a.js?motion#motion", "motion"),
        ("https://motion.cdn.example/a.js", "motion"),
        ("https://cdn.example/main.js", "main"),
    ],
)
def test_what_else_an_address_holds_brings_no_name(url: str, name: str) -> None:
    assert not brings(url, name)


def test_text_of_a_page_is_made_fit_to_store() -> None:
    assert clean("a\0\ud800b") == "a�?b"
    assert len(clean("x" * 9_999)) == 500
