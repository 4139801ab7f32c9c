"""Directives that would silence a linter: made void in place, and counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance import neutralise, neutralise_types, suppressions

CODE = """/* eslint-disable no-console */
// @ts-nocheck
// eslint-disable-next-line
a(); // oxlint-disable-line
/* eslint no-undef: 0 */
/*
 globals x */
// biome-ignore lint: no
// @ts-ignore
"""


def test_directives_are_void_and_nothing_moves() -> None:
    void, count = neutralise({"src/a.tsx": CODE, "notes.md": CODE})
    text = void["src/a.tsx"]
    assert count == 6
    assert void["notes.md"] == CODE
    assert [len(line) for line in text.splitlines()] == [len(line) for line in CODE.splitlines()]
    for word in ("eslint-disable", "oxlint-disable", "biome-ignore", "eslint no-undef", "globals x"):
        assert word not in text


def test_suppressions_are_counted_by_name() -> None:
    assert suppressions({"src/a.tsx": CODE}) == {
        "@ts-ignore": 1,
        "@ts-nocheck": 1,
        "biome-ignore": 1,
        "eslint-disable": 1,
        "eslint-disable-next-line": 1,
        "inline-configuration": 2,
        "oxlint-disable-line": 1,
    }


def test_code_that_hides_what_goes_wrong_is_counted_beside_them() -> None:
    text = "// @TS-Ignore\ntry { f(x as any) } catch {}\n"
    assert suppressions({"a.ts": text, "notes.md": text}) == {"@ts-ignore": 1, "any": 1, "empty-catch": 1}


@pytest.mark.parametrize("directive", ["@ts-nocheck", "@TS-NoCheck", "@ts-ignore", "@ts-ignored", "@ts-expect-error"])
def test_a_type_checkers_directives_are_void_and_nothing_moves(directive: str) -> None:
    text = f"// {directive}\nconst a: number = 'x';\n"
    void = neutralise_types({"a.ts": text, "notes.md": text})
    assert directive not in void["a.ts"]
    assert len(void["a.ts"]) == len(text)
    assert void["notes.md"] == text


@pytest.mark.parametrize("text", ["const eslint = 1;", "/* eslintrc is elsewhere */", "my-eslint-disabled-thing", ""])
def test_other_text_stays(text: str) -> None:
    assert neutralise({"a.ts": text}) == ({"a.ts": text}, 0)


@given(st.lists(st.sampled_from(["eslint-disable", "/*", " ", "\n", "eslint", "-line", "global", "biome-ignore", "x"])))
def test_voiding_keeps_length_and_is_final(pieces: list[str]) -> None:
    text = "".join(pieces)
    void, _ = neutralise({"a.ts": text})
    assert len(void["a.ts"]) == len(text)
    assert neutralise(void)[1] == 0
