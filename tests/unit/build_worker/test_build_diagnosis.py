"""What a failed build says, held by captured logs of real builds."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_worker.diagnosis import MAX_FINDINGS, diagnose
from build_worker.text import bounded, plain

OUTPUTS = Path(__file__).parent / "build_output"

EXPECTED = {
    "apply": ("build/error", "src/index.css", 2, "`no-such-class` class does not exist"),
    "bare": ("build/unresolved-import", "src/App.tsx", None, "'no-such-pkg'"),
    "configthrow": ("build/config", "vite.config.ts", None, "Error: boom"),
    "css": ("build/error", "src/index.css", 3, "Unclosed block"),
    "cssimport": ("build/error", "src/x.css", None, "no such file or directory, open './nope.css'"),
    "export": ("build/error", "src/App.tsx", 1, '"nothing" is not exported'),
    "jsx": ("build/error", "src/App.tsx", 3, 'The character "}" is not valid'),
    "noindex": ("build/no-index", None, None, "index.html is missing"),
    "outside": ("build/outside-file", None, None, "/proc/2/environ lies outside the site"),
    "postcssplugin": ("build/error", None, None, "Failed to load PostCSS config"),
    "relative": ("build/unresolved-import", "src/App.tsx", None, "'./missing'"),
    "vite8bare": ("build/unresolved-import", "src/store/useList.ts", None, "'zustand'"),
    "vite8export": ("build/error", "src/App.tsx", 1, '"nothing" is not exported'),
    "vite8relative": ("build/unresolved-import", "src/App.tsx", 1, "'./nope'"),
    "vite8syntax": ("build/error", "src/App.tsx", 1, "Unexpected token"),
    "syntax": ("build/error", "src/App.tsx", 2, 'Unexpected ";"'),
}


def log(name: str) -> str:
    return plain((OUTPUTS / f"{name}.txt").read_bytes())


def test_every_captured_log_is_held() -> None:
    assert {path.stem for path in OUTPUTS.glob("*.txt")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_first_finding_says_what_and_where(name: str) -> None:
    rule, file, line, text = EXPECTED[name]
    first = diagnose(log(name))[0]
    assert (first.rule, first.file, first.line) == (rule, file, line)
    assert text in first.message


def test_every_error_of_a_file_is_a_finding() -> None:
    assert [finding.line for finding in diagnose(log("jsx"))] == [3, 4]


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - {"jsx"}))
def test_one_error_is_one_finding(name: str) -> None:
    assert len(diagnose(log(name))) == 1


@pytest.mark.parametrize("text", ["", "\n\n", "error during build:\n", "Segmentation fault", "x" * 100_000])
def test_there_is_always_a_finding(text: str) -> None:
    findings = diagnose(text)
    assert [finding.rule for finding in findings] == ["build/error"]
    assert findings[0].message


def test_findings_are_bounded() -> None:
    text = "\n".join(f"/job/site/src/a.ts:{n}:1: ERROR: no {n}" for n in range(1, 100))
    assert len(diagnose(text)) == MAX_FINDINGS


def test_escapes_and_control_characters_are_gone() -> None:
    assert plain(b"\x1b[31mred\x1b[0m\x00\x07 \x1b]0;title\x07ok\r\nnext\ttab\xff") == "red ok\nnext\ttab\ufffd"


def test_a_long_log_keeps_its_beginning_and_its_end() -> None:
    cut = bounded("a" * 500 + "b" * 500, limit=100)
    assert len(cut) <= 100
    assert cut.startswith(b"a" * 40)
    assert cut.endswith(b"b" * 40)
    assert bounded("short", limit=100) == b"short"


HOSTILE = [
    "[x] y\n\n\n",
    "a:1:1: b\n",
    "[a] ",
    "x (",
    "Could not resolve '",
    " " * 1_000 + "\n",
    "file: ",
    "a" * 300 + ":1:",
    "\n ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_hostile_log_is_read_in_time_and_bounded(piece: str) -> None:
    findings = diagnose(plain((piece * (1_000_000 // len(piece))).encode()))
    assert 1 <= len(findings) <= MAX_FINDINGS
