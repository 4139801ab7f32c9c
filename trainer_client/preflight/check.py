"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """``failure``: training would fail, or learn something false. ``warning``: its owner should know, and may go on."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Check:
    """One question and its answer.

    Attributes:
        name: what was looked at, in a word or two.
        found: what was found, in a sentence.
        mend: what to do about it; empty where nothing need be done.
    """

    name: str
    level: Level
    found: str
    mend: str = ""


def ok(name: str, found: str) -> Check:
    return Check(name, Level.OK, found)


def warning(name: str, found: str, mend: str = "") -> Check:
    return Check(name, Level.WARNING, found, mend)


def failure(name: str, found: str, mend: str = "") -> Check:
    return Check(name, Level.FAILURE, found, mend)


def skipped(name: str, found: str) -> Check:
    return Check(name, Level.SKIPPED, found)
