"""What Prometheus answers to a panel's queries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.dashboard.model import Panel, Query


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a panel: seconds since the epoch, and values, without gaps."""

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
    return [line for series in found if (line := _line(query.named(series["metric"]), series["values"])).values]


def _line(name: str, points: Sequence[tuple[float, str]]) -> Line:
    numbers = [(at, float(value)) for at, value in points if math.isfinite(float(value))]
    return Line(name, tuple(at for at, _ in numbers), tuple(value for _, value in numbers))
