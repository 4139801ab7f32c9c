"""Rows of JSON lines and parquet files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer_client.recipes.files import RecipeError

KINDS = (".jsonl", ".parquet")


@dataclass(frozen=True, slots=True)
class Row:
    """``where``: file and line (JSON lines, from 1) or row (parquet, from 0), for messages."""

    where: str
    values: Mapping[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Every row of one file.

    Raises:
        RecipeError: no such file, another kind of file, or damaged.
    """
    if path.suffix not in KINDS:
        raise RecipeError(f"{path}: not one of {', '.join(KINDS)}")
    if not path.is_file():
        raise RecipeError(f"{path}: no such file")
    return _jsonl(path) if path.suffix == ".jsonl" else _parquet(path)


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Row(f"{path}:{number}", _object(f"{path}:{number}", line))


def _object(where: str, line: bytes) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise RecipeError(f"{where}: no JSON: {error}") from error
    if not isinstance(values, dict):
        raise RecipeError(f"{where}: not an object")
    return values


def _parquet(path: Path) -> Iterator[Row]:
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for values in batch.to_pylist():
                    yield Row(f"{path}:{number}", values)
                    number += 1
    except pyarrow.ArrowException as error:
        raise RecipeError(f"{path}: no parquet: {error}") from error
