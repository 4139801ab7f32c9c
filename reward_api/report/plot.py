"""A report as one picture: eight small panels over the steps. matplotlib (extra ``analysis``) is loaded when called."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import isnan
from statistics import fmean
from typing import Any

from reward_api.analysis import style
from reward_api.analysis.extra import needs
from reward_api.analysis.style import INK, QUIET
from reward_api.cli.terminal import plain
from reward_api.report.model import WATCHED, Report
from services.contract import Figures, LengthBucket, StepStatistics
from services.pipeline.totals import total
from services.rewards.profile import Band

Axes = Any

BLUE, ORANGE, GREEN, RED, PURPLE = "#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed"
BANDS = {
    Band.RENDERED: "#2563eb",
    Band.RENDER_FAILED: "#93c5fd",
    Band.BUILD_FAILED: "#fcd34d",
    Band.STATIC_FAILED: "#f59e0b",
    Band.NO_SOURCE: "#b91c1c",
}
STYLE = style.BASE | {
    "axes.grid.axis": "y",
    "grid.linewidth": 0.8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.handlelength": 1.2,
    "lines.linewidth": 1.5,
}
MARKED = 30
"""Fewer steps than this are drawn with a mark each."""

SMOOTHED = 30
"""Of so many steps, the running mean reaches one to each side."""

BARS = 40
NAN = float("nan")


def draw(report: Report, kind: str) -> bytes:
    """The picture as ``png``, ``svg`` or ``pdf``.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    matplotlib, figures = needs("matplotlib"), needs("matplotlib.figure")
    with matplotlib.rc_context(STYLE):
        figure = figures.Figure(figsize=(15, 7.6), layout="constrained")
        panels = figure.subplots(2, 4)
        for axes, panel in zip(panels.flat, PANELS, strict=True):
            panel(axes, report)
        figure.suptitle(_title(report), x=0.008, ha="left", fontsize=11, color=INK, linespacing=1.5)
        content = io.BytesIO()
        figure.savefig(content, format=kind, dpi=130, metadata={"Date": None} if kind == "svg" else None)
    return content.getvalue()


def _title(report: Report) -> str:
    whole = report.total
    first = f"{report.run.run}  ·  {whole.evaluations:,} evaluations  ·  profile {report.run.profile}"
    lines = [first, f"judge: {'; '.join(report.judges)}"]
    thick = "thin: each step; thick: running mean" if len(_numbered(report)) >= MARKED else ""
    return plain("\n".join([*lines, thick] if thick else lines), keep_lines=True)


def _reward(axes: Axes, report: Report) -> None:
    axes.set_title("Reward and appearance, mean")
    _line(axes, report, "reward", lambda step: step.mean_reward, BLUE)
    _line(axes, report, "appearance (AAS)", lambda step: step.mean_appearance, ORANGE)
    low, high = axes.get_ylim()
    middle, reach = (low + high) / 2, max(high - low, 1.0) / 2
    axes.set_ylim(middle - reach, middle + reach)
    _over_steps(axes, report)


def _outcomes(axes: Axes, report: Report) -> None:
    """Shares of the scored, one on the other: as bars, since a step is a sample and not a moment of a curve."""
    axes.set_title("Outcomes, share of the scored")
    bars = [bar for bar in stretches([step for _, step in _numbered(report)], BARS) if bar[2].scored]
    places, widths = [place for place, _, _ in bars], [0.92 * width for _, width, _ in bars]
    bottom = [0.0] * len(bars)
    for band, colour in BANDS.items():
        shares = [found.bands.get(band.value, 0) / found.scored for _, _, found in bars]
        axes.bar(places, shares, widths, bottom, color=colour, label=band.value.replace("-", " "))
        bottom = [low + share for low, share in zip(bottom, shares, strict=True)]
    _percent(axes, most=1.0)
    _over_steps(axes, report, columns=3)


def _passing(axes: Axes, report: Report) -> None:
    axes.set_title("Passing, share of the scored")
    _line(axes, report, "dependencies (LDPR)", lambda step: step.lint_dependency_pass_rate, GREEN)
    _line(axes, report, "rendered (VRR)", lambda step: step.valid_render_rate, BLUE)
    _percent(axes, most=1.0)
    _over_steps(axes, report)


def _spread(axes: Axes, report: Report) -> None:
    axes.set_title("Spread within groups, and of the judge")
    _line(axes, report, "reward", lambda step: step.within_group_spread, BLUE)
    _line(axes, report, "appearance alone", lambda step: step.appearance_spread, ORANGE)
    _line(axes, report, "judge's samples", lambda step: step.mean_judge_spread, QUIET)
    axes.set_ylim(bottom=0)
    _over_steps(axes, report)


def _ties(axes: Axes, report: Report) -> None:
    axes.set_title("Groups that teach little, share")
    _line(axes, report, "tied", lambda step: _share(step.groups_tied, step.groups_compared), BLUE)
    looks: Reading = lambda step: _share(step.groups_tied_on_appearance, step.groups_judged)  # noqa: E731
    _line(axes, report, "tied on appearance", looks, ORANGE)
    _line(axes, report, "all failed", lambda step: _share(step.groups_all_failed, step.groups_compared), RED)
    _line(axes, report, "all 5", lambda step: _share(step.groups_all_top, step.groups_compared), GREEN)
    _percent(axes)
    _over_steps(axes, report)


def _nulls(axes: Axes, report: Report) -> None:
    axes.set_title("No reward, truncated, reused, share")
    _line(axes, report, "no reward", lambda step: _share(step.ended - step.scored, step.ended), RED)
    _line(axes, report, "truncated", lambda step: step.truncated_share, PURPLE)
    _line(axes, report, "reused", lambda step: step.reused_share, QUIET)
    _percent(axes)
    _over_steps(axes, report)


def _lengths(axes: Axes, report: Report) -> None:
    axes.set_title("No reward by length of completion, share")
    buckets = report.total.by_length
    shares = [bucket.unscored / bucket.ended if bucket.ended else 0.0 for bucket in buckets]
    places = range(len(buckets))
    axes.bar(places, shares, 0.7, color=RED, alpha=0.75)
    for place, bucket, share in zip(places, buckets, shares, strict=True):
        said = f"{bucket.unscored:,}\nof {bucket.ended:,}" if bucket.ended else ""
        axes.annotate(said, (place, share), (0, 3), textcoords="offset points", ha="center", fontsize=7, color=QUIET)
    axes.set_xticks(list(places), [_thousands(bucket) for bucket in buckets])
    axes.set_xlabel("thousand characters")
    _percent(axes, most=min(1.0, max([0.05, *shares])) * 1.25)


def _thousands(bucket: LengthBucket) -> str:
    """For example ``8-16``."""
    start = bucket.at_least // 1_000
    return f"{start}+" if bucket.below is None else f"{start}-{bucket.below // 1_000}"


def _drifts(axes: Axes, report: Report) -> None:
    axes.set_title("Medians against the first steps")
    firsts = [drift.first for drift in report.drifts]
    colours = (BLUE, GREEN, ORANGE)
    for (name, what), first, colour in zip(WATCHED.items(), firsts, colours, strict=True):
        if first:
            _line(axes, report, what, lambda s, n=name, f=first: _times(getattr(s, n), f), colour)  # type: ignore[misc]
    axes.axhline(1, color=QUIET, linewidth=0.8, linestyle=(0, (4, 4)))
    axes.set_ylim(bottom=0)
    _over_steps(axes, report)


PANELS = (_reward, _outcomes, _passing, _drifts, _spread, _ties, _nulls, _lengths)

Reading = Callable[[StepStatistics], float | None]


def _line(axes: Axes, report: Report, label: str, reading: Reading, colour: str) -> None:
    """One figure over the steps; a step that has none leaves a gap. Many steps are drawn thin under their running
    mean."""
    steps = _numbered(report)
    numbers = [number for number, _ in steps]
    values = [NAN if (value := reading(step)) is None else value for _, step in steps]
    if len(steps) < MARKED:
        axes.plot(numbers, values, color=colour, label=label, marker="o", markersize=3.5)
        return
    axes.plot(numbers, values, color=colour, linewidth=0.7, alpha=0.25)
    axes.plot(numbers, running_mean(values, len(steps) // SMOOTHED), color=colour, label=label)


def running_mean(values: Sequence[float], reach: int) -> list[float]:
    """Mean of each value and so many on both sides, those that are unknown (NaN) left out."""
    around = [values[max(0, index - reach) : index + reach + 1] for index in range(len(values))]
    known = [[value for value in some if not isnan(value)] for some in around]
    return [fmean(some) if some else NAN for some in known]


def stretches(steps: Sequence[StepStatistics], most: int) -> list[tuple[float, float, Figures]]:
    """At most so many bars: middle and width in steps, and the figures of the stretch."""
    size = max(1, -(-len(steps) // most))
    parts = [steps[start : start + size] for start in range(0, len(steps), size)]
    ends = [(part[0].step or 0, part[-1].step or 0) for part in parts]
    gap = min((after[0] - before[1] for before, after in pairwise(ends)), default=1)
    return [
        ((first + last) / 2, last - first + gap, total(part)) for (first, last), part in zip(ends, parts, strict=True)
    ]


def _numbered(report: Report) -> list[tuple[int, StepStatistics]]:
    """Steps by their number; evaluations that were sent without one are drawn where there is nothing else."""
    numbered = [(step.step, step) for step in report.steps if step.step is not None]
    return numbered or [(0, step) for step in report.steps]


def _percent(axes: Axes, most: float | None = None) -> None:
    """The axis in per cent from 0; up to ``most``, or as far as the values go, but for one per cent of room."""
    top = most or min(1.0, max(0.05, axes.get_ylim()[1]))
    axes.set_ylim(-0.012 * top, top * 1.012)
    axes.yaxis.set_major_formatter(needs("matplotlib.ticker").PercentFormatter(1, decimals=0))


def _over_steps(axes: Axes, report: Report, columns: int = 2) -> None:
    """Steps along the bottom, and the key under them."""
    numbers = [number for number, _ in _numbered(report)]
    axes.set_xlabel("step")
    axes.set_xlim(min(numbers) - 0.6, max(numbers) + 0.6)
    axes.xaxis.set_major_locator(needs("matplotlib.ticker").MaxNLocator(6, integer=True, min_n_ticks=1))
    if all(step.step is None for step in report.steps):
        axes.set_xticks([0], ["none"])
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=columns)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _times(value: float | None, first: float) -> float | None:
    return None if value is None else value / first
