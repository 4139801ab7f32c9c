"""Figures of runs and steps over what was measured of their evaluations. Pure.

Each figure is defined once, in `services.contract.statistics`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from services.contract import JudgeTally, LengthBucket, Status, StepStatistics
from services.pipeline.groups import DIGITS, distinct, group_figures, mean
from services.pipeline.measured import Measured
from services.stages import Stage

Rows = Sequence[Measured]

LENGTHS = (0, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000)
"""Where the buckets of completion lengths begin, in characters: each twice the last. 8,192 tokens, the published
limit, are about 28,000."""


def step_statistics(step: int | None, rows: Rows) -> StepStatistics:
    """One step's figures. ``rows`` are its evaluations, derived ones left out."""
    return StepStatistics(
        step=step,
        **outcome_figures(rows),
        **stage_figures(rows),
        **judge_figures(rows),
        **group_figures(rows),
        mean_components=mean_components(rows),
        unique_sources=distinct(row.source_hash for row in rows),
        unique_shots=distinct(row.shot_hash for row in rows),
        median_source_bytes=median_of([row for row in rows if row.scored], "source_bytes"),
        median_routes=median_of([row for row in rows if row.rendered], "routes"),
        median_controls=median_of([row for row in rows if row.rendered], "controls"),
    )


def outcome_figures(rows: Rows) -> dict[str, Any]:
    """How evaluations ended, and with what."""
    return {
        "counts": counts(row.status for row in rows),
        "bands": tally(row.band for row in rows),
        "unscored_reasons": tally(row.unscored_reason for row in rows),
        "by_length": by_length(rows),
        "truncated": sum(row.truncated for row in rows),
        "mean_reward": mean(row.reward for row in rows if row.reward is not None),
    }


def stage_figures(rows: Rows) -> dict[str, Any]:
    """How far evaluations came, and what was taken over."""
    return {
        "reused": sum(row.ended and row.reused for row in rows),
        "reused_verdicts": sum(row.ended and Stage.JUDGE.value in row.figures.get("reused", ()) for row in rows),
        "passed_dependencies": sum(row.passed_dependencies for row in rows),
        "rendered": sum(row.rendered for row in rows),
    }


def judge_figures(rows: Rows) -> dict[str, Any]:
    """What the judge said, who it was, and how sure it was of itself."""
    looks = [row.appearance for row in rows if row.appearance is not None]
    spreads = [float(row.figures["spread"]) for row in rows if "spread" in row.figures]
    return {
        "judges": judges(rows),
        "judged": len(looks),
        "mean_appearance": mean(looks),
        "repeatedly_judged": len(spreads),
        "mean_judge_spread": mean(spreads),
    }


def counts(statuses: Iterable[str]) -> dict[Status, int]:
    found = Counter(statuses)
    return {status: found[status.value] for status in Status if found[status.value]}


def tally(words: Iterable[str | None]) -> dict[str, int]:
    """Word -> how often, in the order of the words."""
    return dict(sorted(Counter(word for word in words if word).items()))


def judges(rows: Iterable[Measured]) -> list[JudgeTally]:
    """Kind and model of every verdict, the most frequent first."""
    found = Counter((row.figures["kind"], row.figures.get("model", "")) for row in rows if "kind" in row.figures)
    return [JudgeTally(kind=kind, model=model, evaluations=n) for (kind, model), n in found.most_common()]


def by_length(rows: Iterable[Measured]) -> list[LengthBucket]:
    """Every bucket of `LENGTHS`, empty ones too, over those that ended and whose length is known."""
    ended, unscored = Counter[int](), Counter[int]()
    for row in rows:
        if row.ended and "characters" in row.figures:
            bucket = bisect_right(LENGTHS, row.figures["characters"]) - 1
            ended[bucket] += 1
            unscored[bucket] += not row.scored
    bounds = [*pairwise(LENGTHS), (LENGTHS[-1], None)]
    return [
        LengthBucket(at_least=start, below=end, ended=ended[index], unscored=unscored[index])
        for index, (start, end) in enumerate(bounds)
    ]


def mean_components(rows: Iterable[Measured]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.components.items():
            values[name].append(value)
    return {name: mean(found) or 0.0 for name, found in sorted(values.items())}


def median_of(rows: Iterable[Measured], name: str) -> float | None:
    """Median of a figure over the rows that have it; None where none has."""
    found = [float(row.figures[name]) for row in rows if name in row.figures]
    return round(median(found), DIGITS) if found else None
