"""Programs' output as logs: nothing that a terminal would obey, and never too much of it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from build_worker.text import LOG_BYTES, bounded, plain

PIECES = "\x1b|[|]|0;|31|m|P|\\|\x07|\0|\r|\n|\u009b|\u009d|\u202e|\x08|text|é|🙂|8;;file:///x"
HOSTILE = st.lists(st.sampled_from([*(piece.encode() for piece in PIECES.split("|")), b"\xff"]), max_size=60).map(
    b"".join
)


@pytest.mark.parametrize(
    ("output", "text"),
    [
        (b"\x1b[31mred\x1b[39m \x1b[2K\x1b[1Gdone", "red done"),
        (b"\x1b]0;title\x07after \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "after link"),
        (b"\x1bPhidden\x1b\\seen", "seen"),
        ("\u009b31mred\u009d0;title\u009cafter".encode(), "redafter"),
        (b"a\0b\x08c\x7f", "abc"),
        (b"one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("safe\u202egnp.exe\u2066\u200f\ufeff".encode(), "safegnp.exe"),
        (b"\x1b]0;never ended\nnext line", "\nnext line"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("größe 🙂 ✓ │".encode(), "größe 🙂 ✓ │"),
    ],
)
def test_only_text_is_left(output: bytes, text: str) -> None:
    assert plain(output) == text


@given(HOSTILE | st.binary(max_size=300))
@example(b"\x1b\0[31m")
def test_no_control_survives_and_nothing_grows(output: bytes) -> None:
    text = plain(output)
    assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") for c in text)
    assert not any(
        unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI") for c in text
    )
    assert len(text) <= len(output)
    assert plain(text.encode()) == text


@pytest.mark.parametrize(
    "piece", [b"\x1b", b"\x1b[", b"\x1b[1;", b"\x1b]", b"\x1b]" + b"x" * 1_999, b"\x1bP\x1b", b"1", b"\r"]
)
@pytest.mark.timeout(20)
def test_ten_megabytes_of_beginnings_end(piece: bytes) -> None:
    plain(b"\x1b[" + piece * (10_000_000 // len(piece)))


@given(st.text(max_size=200), st.integers(0, 300))
def test_a_log_is_bounded_and_whole_utf8(text: str, limit: int) -> None:
    content = bounded(text, limit)
    assert len(content) <= max(limit, len(b"\n... cut ...\n"))
    assert content.decode() is not None
    if len(text.encode()) <= limit:
        assert content.decode() == text


def test_beginning_and_end_of_a_long_log_stay() -> None:
    content = bounded("begin " + "é" * LOG_BYTES + " end")
    assert content.startswith(b"begin ")
    assert content.endswith(b" end")
    assert LOG_BYTES - 20 < len(content) <= LOG_BYTES


def test_half_a_character_is_no_obstacle() -> None:
    assert bounded("a\ud800b") == b"a?b"
