"""Two witnesses of one page's errors, merged."""

from __future__ import annotations

import pytest

from render_worker.errors import Kind, Report, clean, merge
from render_worker.site import ORIGIN

OUTSIDE = "https://api.example/x"


def page(kind: Kind, text: str) -> Report:
    return Report(kind, text, "page")


def protocol(kind: Kind, text: str, url: str = "") -> Report:
    return Report(kind, text, "protocol", url)


def kinds(*reports: Report, refused: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    return [(error.kind.value, error.text) for error in merge(reports, refused)]


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


def test_what_comes_of_our_refusal_alone_is_not_the_sites_error() -> None:
    reports = [
        protocol(Kind.CONSOLE, "Failed to load resource: net::ERR_FAILED", OUTSIDE),
        protocol(Kind.CONSOLE, "WebSocket connection to 'wss://chat.example/' failed: "),
        page(Kind.REJECTION, "TypeError: Failed to fetch"),
        page(Kind.CONSOLE, "Could not load: TypeError: Failed to fetch"),
        page(Kind.REJECTION, f"TypeError: Failed to fetch dynamically imported module: {OUTSIDE}"),
    ]
    assert kinds(*reports, refused=frozenset({OUTSIDE})) == []


def test_failed_to_fetch_counts_where_nothing_was_refused() -> None:
    assert kinds(page(Kind.REJECTION, "TypeError: Failed to fetch")) != []


def test_a_socket_to_the_sites_own_address_is_its_own_error() -> None:
    text = f"WebSocket connection to '{ORIGIN.replace('http', 'ws')}/live' failed: "
    assert kinds(protocol(Kind.CONSOLE, text), refused=frozenset({OUTSIDE})) != []


def test_the_page_cannot_excuse_itself_in_the_browsers_words() -> None:
    told = kinds(page(Kind.CONSOLE, "Failed to load resource: my own bug"))
    assert told == [("console-error", "Failed to load resource: my own bug")]


def test_a_benign_layout_notice_is_no_error() -> None:
    assert kinds(page(Kind.ERROR, "ResizeObserver loop completed with undelivered notifications.")) == []


def test_text_of_a_page_is_made_fit_to_store() -> None:
    assert clean("a\0\ud800b") == "a�?b"
    assert len(clean("x" * 9_999)) == 500
