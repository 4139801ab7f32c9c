"""Instructions from files into prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from trainer_client.recipes.files import RecipeError
from trainer_client.recipes.held_out import HeldOut, sketch, webgen_bench
from trainer_client.recipes.rows import Row, read_rows
from trainer_client.recipes.sections import Data

Message = dict[str, str]
CountTokens = Callable[[Sequence[Message]], int]
"""Tokens of a conversation in the model's chat template; one that ends with the user's turn, with the beginning of the
assistant's."""

_NAMED = 5
"""Places that a message names at most."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row. ``answer``: what the model shall write, in the warm-up alone."""

    where: str
    id: str
    instruction: str
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """``rows`` as a trainer's dataset has them, and how many were left out for their length."""

    rows: list[dict[str, Any]]
    too_long: int


def examples(data: Data, *, answers: bool) -> list[Example]:
    """What the recipe names, checked.

    Raises:
        RecipeError: a file cannot be read, a row lacks something, or an instruction is held out for evaluation.
    """
    rows = islice(chain.from_iterable(map(read_rows, data.train)), data.limit)
    found = [_example(data, number, row, answers) for number, row in enumerate(rows)]
    if not found:
        raise RecipeError(f"{', '.join(map(str, data.train))}: no instructions")
    _refuse_held_out(data, found)
    return found


def prompts(found: Sequence[Example], system: str, count: CountTokens, most: int | None) -> Kept:
    """Rows for GRPO: ``prompt``, ``instruction`` and ``instruction_id``."""
    return _kept((_prompt_row(example, system) for example in found), lambda row: count(row["prompt"]), most)


def conversations(found: Sequence[Example], system: str, count: CountTokens, prompt: int | None, most: int) -> Kept:
    """Rows for the warm-up: ``prompt`` and ``completion``, in messages. ``most``: tokens of both together."""
    within = _kept((_answer_row(example, system) for example in found), lambda row: count(row["prompt"]), prompt)
    whole = _kept(within.rows, lambda row: count([*row["prompt"], *row["completion"]]), most)
    return Kept(whole.rows, within.too_long + whole.too_long)


def _prompt_row(example: Example, system: str) -> dict[str, Any]:
    return {
        "prompt": _messages(example, system),
        "instruction": example.instruction,
        "instruction_id": example.id,
    }


def _answer_row(example: Example, system: str) -> dict[str, Any]:
    completion = [{"role": "assistant", "content": example.answer or ""}]
    return {"prompt": _messages(example, system), "completion": completion}


def _messages(example: Example, system: str) -> list[Message]:
    return [{"role": "system", "content": system}, {"role": "user", "content": example.instruction}]


def _kept(rows: Iterator[dict[str, Any]] | Sequence[dict[str, Any]], length: Any, most: int | None) -> Kept:
    everything = list(rows)
    short = [row for row in everything if most is None or length(row) <= most]
    if not short:
        raise RecipeError(f"all {len(everything)} rows are longer than {most} tokens")
    return Kept(short, len(everything) - len(short))


def _example(data: Data, number: int, row: Row, answers: bool) -> Example:
    answer = _answer(data, row) if answers else None
    return Example(row.where, str(row.values.get("id", number)), _instruction(data, row), answer)


def _instruction(data: Data, row: Row) -> str:
    text = row.values.get(data.instruction_column)
    if not isinstance(text, str) or not text.strip():
        raise RecipeError(f"{row.where}: no text in the column {data.instruction_column!r}")
    return text.strip()


def _answer(data: Data, row: Row) -> str:
    value = row.values.get(data.completion_column)
    if isinstance(value, list) and value and isinstance(value[-1], Mapping) and value[-1].get("role") == "assistant":
        value = value[-1].get("content")
    if not isinstance(value, str) or not value.strip():
        raise RecipeError(f"{row.where}: no text, and no message of the assistant, in {data.completion_column!r}")
    return value


def _refuse_held_out(data: Data, found: Sequence[Example]) -> None:
    own = (_instruction(data, row) for path in data.held_out for row in read_rows(path))
    held_out = HeldOut(chain(webgen_bench(), map(sketch, own)))
    met = [example.where for example in found if example.instruction in held_out]
    if met:
        raise RecipeError(
            f"{len(met)} instructions are held out for evaluation (WebGen-Bench's test set, or data.held_out) and are "
            f"not for training: {', '.join(met[:_NAMED])}{', ...' if len(met) > _NAMED else ''}"
        )
