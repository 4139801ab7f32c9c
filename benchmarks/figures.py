"""What a measurement costs, and how series of it are told: medians, spreads, ratios pair by pair, tables."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one piece of work, all of its processes together.

    Attributes:
        peak_memory_bytes: anonymous and shared memory at the worst sampled moment, without files' pages.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int

    def __add__(self, other: Cost) -> Cost:
        """One after the other."""
        return Cost(
            self.wall_seconds + other.wall_seconds,
            self.cpu_seconds + other.cpu_seconds,
            max(self.peak_memory_bytes, other.peak_memory_bytes),
        )


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, smallest and largest of a series."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def spread(series: Iterable[float]) -> Spread:
    seen = list(series)
    return Spread(statistics.median(seen), min(seen), max(seen))


def ratios(slower: Sequence[float], faster: Sequence[float]) -> Spread:
    """How many times more, pair by pair: both of a pair met the same noise."""
    return spread(a / max(b, 1e-3) for a, b in zip(slower, faster, strict=True))


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns."""
    lines = [tuple(head), *(tuple(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def machine() -> dict[str, Any]:
    return {"system": platform.platform(), "processor": platform.machine(), "python": platform.python_version()}


def write(path: Path, body: dict[str, Any]) -> None:
    """A result as JSON, with the machine that it is of."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), **body}, indent=1) + "\n", encoding="utf-8")
