"""Instructions from files: what is refused, what is left out, and what a trainer gets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from trainer_client.recipes.dataset import Message, conversations, examples, prompts
from trainer_client.recipes.files import RecipeError
from trainer_client.recipes.held_out import SIZE, HeldOut, sketch, webgen_bench
from trainer_client.recipes.sections import Data

GYM = (
    "Please implement a booking website for a small climbing gym that shows its walls and opening hours. Visitors "
    "should be able to book a course, cancel it, and see who else takes part. Use teal for the background."
)
GUESTS = (
    "Please implement a recipe website for people who cook for many guests. Visitors should be able to scale amounts, "
    "print a shopping list, and mark what they have at home. Use ivory for the background."
)
ASKS = (GYM, GUESTS)


def rows_file(folder: Path, *rows: Mapping[str, Any], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def asked(number: int, **more: Any) -> dict[str, Any]:
    return {"id": f"{number:06}", "instruction": ASKS[number], "application_type": "Booking", **more}


def words(messages: Sequence[Message]) -> int:
    return sum(len(message["content"].split()) for message in messages)


def test_rows_become_prompts_of_the_scaffold_and_the_instruction(tmp_path: Path) -> None:
    found = examples(Data(train=[rows_file(tmp_path, asked(0), asked(1))]), answers=False)
    kept = prompts(found, "Write sites.", words, None)
    assert kept.rows[1] == {
        "prompt": [{"role": "system", "content": "Write sites."}, {"role": "user", "content": ASKS[1]}],
        "instruction": ASKS[1],
        "instruction_id": "000001",
    }


def test_prompts_that_are_too_long_are_left_out_and_counted(tmp_path: Path) -> None:
    found = examples(Data(train=[rows_file(tmp_path, asked(0), asked(1))]), answers=False)
    limit = words([{"role": "user", "content": ASKS[1]}])
    assert words([{"role": "user", "content": ASKS[0]}]) > limit
    kept = prompts(found, "", words, limit)
    assert [row["instruction_id"] for row in kept.rows] == ["000001"]
    assert kept.too_long == 1


def test_prompts_that_are_all_too_long_are_no_data(tmp_path: Path) -> None:
    found = examples(Data(train=[rows_file(tmp_path, asked(0))]), answers=False)
    with pytest.raises(RecipeError, match="all 1 rows are longer than 3 tokens"):
        prompts(found, "", words, 3)


def test_answers_are_texts_or_messages(tmp_path: Path) -> None:
    said = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "<answer>two</answer>"}]
    path = rows_file(tmp_path, asked(0, completion="<answer>one</answer>"), asked(1, completion=said))
    kept = conversations(examples(Data(train=[path]), answers=True), "S", words, None, 10_000)
    assert [row["completion"] for row in kept.rows] == [
        [{"role": "assistant", "content": "<answer>one</answer>"}],
        [{"role": "assistant", "content": "<answer>two</answer>"}],
    ]


def test_an_answer_that_would_be_cut_is_left_out(tmp_path: Path) -> None:
    path = rows_file(tmp_path, asked(0, completion="word " * 100), asked(1, completion="short"))
    kept = conversations(examples(Data(train=[path]), answers=True), "S", words, None, 100)
    assert [row["completion"][0]["content"] for row in kept.rows] == ["short"]
    assert kept.too_long == 1


@pytest.mark.parametrize(
    ("row", "answers", "says"),
    [
        ({"prompt": "x"}, False, "rows.jsonl:1: no text in the column 'instruction'"),
        ({"instruction": "  "}, False, "rows.jsonl:1: no text in the column 'instruction'"),
        ({"instruction": "Make a shop"}, True, "rows.jsonl:1: no text, and no message of the assistant"),
        ({"instruction": "Make a shop", "completion": [{"role": "user", "content": "x"}]}, True, "no message"),
    ],
)
def test_a_row_that_lacks_something_is_named(tmp_path: Path, row: Any, answers: bool, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        examples(Data(train=[rows_file(tmp_path, row)]), answers=answers)


@pytest.mark.parametrize(("text", "says"), [("{\n", "1: no JSON"), ("\n[1]\n", "2: not an object"), ("", "no instr")])
def test_damaged_lines_are_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(text)
    with pytest.raises(RecipeError, match=says):
        examples(Data(train=[path]), answers=False)


def test_files_of_other_kinds_and_missing_ones_are_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"rows\.csv: not one of \.jsonl, \.parquet"):
        examples(Data(train=[tmp_path / "rows.csv"]), answers=False)
    with pytest.raises(RecipeError, match="no such file"):
        examples(Data(train=[tmp_path / "rows.jsonl"]), answers=False)


def test_only_the_first_rows_where_a_limit_says_so(tmp_path: Path) -> None:
    path = rows_file(tmp_path, asked(0), {"damaged": 1})
    assert [one.id for one in examples(Data(train=[path], limit=1), answers=False)] == ["000000"]


@pytest.mark.parametrize(
    "changed",
    [
        ASKS[1],
        ASKS[1].upper().replace(".", " !"),
        ASKS[1].replace("Use ivory for the background.", "Style the layout with plum, and the components with mint."),
        "You are a careful designer of websites. " + ASKS[1] + " Think of phones, too.",
    ],
)
def test_held_out_instructions_are_refused_however_they_are_dressed(tmp_path: Path, changed: str) -> None:
    held_out = rows_file(tmp_path, asked(1), name="test.jsonl")
    train = rows_file(tmp_path, asked(0), asked(1, instruction=changed))
    with pytest.raises(RecipeError, match=r"1 instructions are held out .*rows\.jsonl:2"):
        examples(Data(train=[train], held_out=[held_out]), answers=False)


def test_other_instructions_are_not_held_out(tmp_path: Path) -> None:
    held_out = rows_file(tmp_path, asked(1), name="test.jsonl")
    found = examples(Data(train=[rows_file(tmp_path, asked(0))], held_out=[held_out]), answers=False)
    assert [one.id for one in found] == ["000000"]


def test_the_benchmarks_own_test_instructions_are_known_by_their_sketches() -> None:
    known = webgen_bench()
    assert len(known) == 101
    assert all(len(one) == SIZE and list(one) == sorted(set(one)) for one in known)
    assert not any(ask in HeldOut(known) for ask in ASKS)


def test_sketches_stay_what_they_are() -> None:
    """Those that ship were made by this function: another one would know none of them."""
    assert sketch("One two three, four FIVE six seven eight!") == sketch("one two three four five six seven eight")
    assert sketch(ASKS[0])[:3] == (607001792, 621895627, 625756303)
