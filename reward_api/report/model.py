"""A report: a run's steps, their total, and how the medians moved since the first steps. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from services.contract import Figures, RunStatistics, StepStatistics
from services.pipeline.totals import total

FIRST_STEPS = 10
"""Steps that later ones are held against: a model that learns to make tiny, safe sites shows in these medians."""

WATCHED = {
    "median_source_bytes": "bytes of source",
    "median_routes": "further routes",
    "median_controls": "controls on home",
}

HEURISTIC = "a stand-in without a model; for trying things out, not for training"


@dataclass(frozen=True, slots=True)
class Drift:
    """One median: over the first steps of those chosen, over the last, and the last as a multiple of
    the first.

    ``times`` is null where the first is 0 or either is unknown. Both are medians of the steps' own medians, over
    `FIRST_STEPS` steps at each end, or half of a run that is shorter than both.
    """

    what: str
    first: float | None
    last: float | None

    @property
    def times(self) -> float | None:
        return round(self.last / self.first, 3) if self.first and self.last is not None else None


@dataclass(frozen=True, slots=True)
class Report:
    run: RunStatistics
    steps: tuple[StepStatistics, ...]
    total: Figures

    @property
    def drifts(self) -> list[Drift]:
        numbered = [step for step in self.steps if step.step is not None] or self.steps
        ends = max(1, min(FIRST_STEPS, len(numbered) // 2))
        first, last = numbered[:ends], numbered[-ends:]
        return [Drift(what, _median(first, name), _median(last, name)) for name, what in WATCHED.items()]

    @property
    def judges(self) -> list[str]:
        """Who graded, most frequent first, each with its kind: a heuristic says what it is. Where nothing was judged,
        whom the run is pinned to."""
        named = [said(judge.kind, judge.model, judge.evaluations) for judge in self.total.judges]
        return named or [f"{self.run.versions.get('judge', 'unknown')}: nothing was judged"]

    def document(self) -> dict[str, Any]:
        """JSON values: everything that the table and the picture show."""
        return {
            "run": self.run.model_dump(mode="json"),
            "judges": self.judges,
            "total": self.total.model_dump(mode="json"),
            "since_first_steps": [
                {"what": drift.what, "first": drift.first, "last": drift.last, "times": drift.times}
                for drift in self.drifts
            ],
            "steps": [step.model_dump(mode="json") for step in self.steps],
        }


def make_report(run: RunStatistics, steps: Sequence[StepStatistics]) -> Report:
    return Report(run, tuple(steps), total(steps))


def said(kind: str, model: str, evaluations: int) -> str:
    """One judge in words."""
    warning = f", {HEURISTIC}" if kind == "heuristic" else ""
    return f"{kind} ({model}{warning}): {evaluations} graded"


def _median(steps: Sequence[StepStatistics], name: str) -> float | None:
    found = [value for value in (getattr(step, name) for step in steps) if value is not None]
    return median(found) if found else None


def pooled(steps: Sequence[StepStatistics], most: int) -> list[tuple[str, Figures]]:
    """At most so many rows, each a stretch of neighbouring steps with its name; a single step where that is enough."""
    size = max(1, -(-len(steps) // most))
    stretches = [steps[start : start + size] for start in range(0, len(steps), size)]
    return [(_stretch(part), part[0] if len(part) == 1 else total(part)) for part in stretches]


def _stretch(steps: Sequence[StepStatistics]) -> str:
    first, last = (("none" if step.step is None else str(step.step)) for step in (steps[0], steps[-1]))
    return first if len(steps) == 1 else f"{first} to {last}"
