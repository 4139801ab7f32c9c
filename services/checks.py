"""One prerequisite on one machine, and how a process that examined its own tells ``doctor`` of it: a line each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

MAX_DETAIL = 400
"""Characters of what is wrong."""


@dataclass(frozen=True, slots=True)
class Check:
    """One prerequisite.

    Attributes:
        detail: version and place where found; what is wrong where not.
        mend: the command that mends it; empty where nothing has to be.
    """

    name: str
    found: bool
    detail: str
    mend: str = ""


def to_lines(checks: Iterable[Check]) -> str:
    """One JSON object a line."""
    return "".join(json.dumps(asdict(check)) + "\n" for check in checks)


def from_lines(text: str) -> list[Check]:
    """Raises:
    ValueError: a line is not a check.
    """
    try:
        return [Check(**json.loads(line)) for line in text.splitlines() if line.strip()]
    except TypeError as error:
        raise ValueError(f"not a check: {error}") from error


def from_problem(name: str, problem: str, mend: str = "") -> Check:
    """What is missing, from an error's message: ``what is wrong. Mend: command``.

    Args:
        mend: where the message names none.
    """
    wrong, _, named = " ".join(problem.split()).partition("Mend:")
    return Check(name, False, wrong.strip().rstrip(".")[:MAX_DETAIL], named.strip() or mend)
