"""Room on the disk: which sets must go. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """Attributes:
    most: bytes that all sets together may take.
    free: bytes of the disk that are left to others.
    """

    most: int
    free: int


@dataclass(frozen=True, slots=True)
class Held:
    """A set on the disk: its name, its bytes, and when it was used last."""

    key: str
    size: int
    used: float


def short(room: Room, held: Sequence[Held], free: int) -> int:
    """Bytes that must go; 0 or less where there is room enough.

    Args:
        free: bytes free on the disk now.
    """
    return max(sum(each.size for each in held) - room.most, room.free - free)


def in_turn(held: Sequence[Held], kept: frozenset[str]) -> Iterator[Held]:
    """What may go, the least recently used first."""
    return (each for each in sorted(held, key=lambda each: (each.used, each.key)) if each.key not in kept)
