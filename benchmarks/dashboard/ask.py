"""What Prometheus answers to a panel's queries."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.dashboard.model import Panel, Query


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a panel: seconds since the epoch, and values; NaN where there is none."""

    name: str
    times: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """What is looked at: seconds since the epoch; ``window`` of rates, as Prometheus writes durations."""

    start: float
    end: float
    window: str

    @property
    def step(self) -> float:
        return max(1.0, (self.end - self.start) / 300)


def lines(http: httpx.Client, panel: Panel, span: Span) -> list[Line]:
    """Raises:
    httpx.HTTPError: Prometheus does not answer, or refuses a query.
    """
    return [line for query in panel.queries for line in _lines(http, query, span)]


def _lines(http: httpx.Client, query: Query, span: Span) -> list[Line]:
    times = {"start": span.start, "end": span.end, "step": span.step}
    wanted: dict[str, str | float] = {"query": query.over(span.window), **times}
    answer = http.get("/api/v1/query_range", params=wanted)
    answer.raise_for_status()
    found: Sequence[dict[str, Any]] = answer.json()["data"]["result"]
    made = [_line(query.named(series["metric"]), dict(series["values"]), span) for series in found]
    return [line for line in made if any(map(math.isfinite, line.values))]


def _line(name: str, points: Mapping[float, str], span: Span) -> Line:
    """Over every step of the span, so that a gap is seen as one."""
    known = {round((at - span.start) / span.step): float(value) for at, value in points.items()}
    steps = range(int((span.end - span.start) / span.step) + 1)
    return Line(name, tuple(span.start + n * span.step for n in steps), tuple(known.get(n, math.nan) for n in steps))
