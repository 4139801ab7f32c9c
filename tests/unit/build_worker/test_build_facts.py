"""Facts of a bundle and of a bundler's output: what they hold, and that nobody's word leaves its bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from build_worker.sizes import MAX_PACKAGES, MAX_WARNINGS, bytes_by_kind, checked, log_facts

OUTPUT = """vite v5.4.21 building for production...
transforming...
✓ 1573 modules transformed.
rendering chunks...
../out/index.html   0.46 kB │ gzip:  0.30 kB
✓ built in 1.23s
"""


def test_bytes_go_by_kind_and_all_of_them() -> None:
    files = {
        "index.html": b"12",
        "assets/a.JS": b"123",
        "assets/a.css": b"1234",
        "logo.svg": b"1",
        "f.woff2": b"12345",
        "robots.txt": b"123456",
        "js": b"1",
        "a.js/CNAME": b"1",
    }
    found = bytes_by_kind(files)
    assert found == {"script": 3, "style": 4, "html": 2, "image": 1, "font": 5, "other": 8}
    assert sum(found.values()) == sum(map(len, files.values()))
    assert sum(bytes_by_kind({}).values()) == 0


def test_a_log_tells_modules_warnings_and_seconds() -> None:
    facts = log_facts(OUTPUT.encode(), b"\x1b[33mwarn - a\x1b[39m\n\n(!) b\n", 2.0)
    assert facts == {
        "said_by": "candidate-process",
        "modules_transformed": 1573,
        "warnings": ["warn - a", "(!) b"],
        "seconds": {"start": 0.77, "bundle": 1.23},
    }


@pytest.mark.parametrize(("text", "seconds"), [("456ms", 0.456), ("2.5s", 2.5), ("1m 2s", 62.0), ("1m2.5s", 62.5)])
def test_every_way_to_say_a_time_is_read(text: str, seconds: float) -> None:
    assert log_facts(f"✓ built in {text}\n".encode(), b"", 100.0)["seconds"]["bundle"] == seconds


@pytest.mark.parametrize("text", ["", "built in 9999s", "I have 7 modules transformed", "\0" * 99])
def test_a_log_that_says_nothing_or_the_impossible_gives_no_fact(text: str) -> None:
    assert log_facts(text.encode(), b"", 1.0) == {"said_by": "candidate-process", "warnings": []}


def test_facts_in_their_form_stay() -> None:
    facts = {
        "modules": 1463,
        "warnings": ["one"],
        "bytes_by_package": {"react-dom": 900, "(site)": 100},
        "site_share": 0.1,
        "seconds": {"read_config": 0.01, "bundle": 0.2},
        "said_by": "candidate-process",
    }
    assert checked(facts) == facts


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("modules", -1),
        ("modules", 10**30),
        ("modules", [1]),
        ("warnings", "one"),
        ("bytes_by_package", [1]),
        ("site_share", 1.5),
        ("site_share", float("nan")),
        ("seconds", 3),
        ("Odd name", 1),
        ("nested", {"a": {"b": 1}}),
    ],
)
def test_facts_out_of_their_form_are_left_out(name: str, value: object) -> None:
    assert checked({name: value}) == {}


def test_facts_are_bounded() -> None:
    facts = checked(
        {
            "warnings": ["w" * 9_000] * 99,
            "bytes_by_package": {f"{n:04}" * 900: n for n in range(99)},
            "seconds": {f"p{'x' * n}": 1.0 for n in range(99)},
        }
    )
    assert len(facts["warnings"]) == MAX_WARNINGS
    assert len(facts["bytes_by_package"]) <= MAX_PACKAGES
    assert len(json.dumps(facts)) < 20_000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
_NAMES = st.sampled_from(["modules", "warnings", "bytes_by_package", "seconds", "site_share", "other"]) | st.text()


@given(st.dictionaries(_NAMES, _JSON))
def test_whatever_is_said_can_be_stored(said: dict[str, Any]) -> None:
    json.dumps(checked(said), allow_nan=False).encode()


@pytest.mark.parametrize("name", sorted(p.name for p in (Path(__file__).parent / "build_output").glob("*.txt")))
def test_captured_outputs_are_read(name: str) -> None:
    output = (Path(__file__).parent / "build_output" / name).read_bytes()
    facts = log_facts(output, output, 1_000.0)
    assert ("modules_transformed" in facts) == (b"modules transformed" in output)
