"""Reading rollouts: JSON lines, or folders with an instruction and a completion each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INSTRUCTION, COMPLETION = "instruction.txt", "completion.txt"


class IntakeError(Exception):
    """The input cannot be read; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One rollout as found; `where` names its line or folder."""

    where: str
    rollout: dict[str, Any]


def read_rollouts(path: Path) -> list[Entry]:
    """Every rollout of a JSON lines file, of a folder that holds one, or of a folder of such folders.

    Raises:
        IntakeError: nothing there, or something that is no rollout.
    """
    try:
        entries = list(_folders(path) if path.is_dir() else _lines(path))
    except (OSError, UnicodeDecodeError) as error:
        raise IntakeError(f"{path} cannot be read: {error}") from error
    if not entries:
        raise IntakeError(f"{path} holds no rollout: give JSON lines, or folders with {INSTRUCTION} and {COMPLETION}")
    return entries


def _lines(path: Path) -> Iterator[Entry]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                where = f"{path.name} line {number}"
                yield Entry(where, {"id": f"line-{number}", **_rollout(line.rstrip("\n"), where)})


def _rollout(line: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise IntakeError(f"{where} is not JSON: {why}") from error
    if not isinstance(value, dict):
        raise IntakeError(f"{where} is not a JSON object with instruction and completion")
    return value


def _folders(path: Path) -> Iterator[Entry]:
    homes = [path] if (path / COMPLETION).is_file() else sorted(p.parent for p in path.glob(f"*/{COMPLETION}"))
    for home in homes:
        instruction = (home / INSTRUCTION).read_text("utf-8").strip()
        completion = (home / COMPLETION).read_bytes().decode("utf-8")
        yield Entry(home.name, {"id": as_id(home.name), "instruction": instruction, "completion": completion})


def as_id(name: str) -> str:
    """A folder's name as a rollout id."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", name).lstrip("._-")[:200] or "rollout"
