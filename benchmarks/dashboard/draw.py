"""Panels with their lines, drawn into one picture in the places that they have in Grafana."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from benchmarks.dashboard.ask import Line
from benchmarks.dashboard.model import Panel

COLUMNS = 24
MOST_NAMED = 8
_INCHES_WIDE, _INCHES_HIGH = 22.0, 3.1
_MARGIN, _TITLE = 0.65, 0.5


def draw(title: str, shown: Sequence[tuple[Panel, Sequence[Line]]], out: Path) -> None:
    """Write a PNG. A panel without data says so."""
    heights = sorted({panel.place[1] for panel, _ in shown})
    figure = Figure(figsize=(_INCHES_WIDE, _INCHES_HIGH * len(heights) + _TITLE))
    FigureCanvasAgg(figure)
    for panel, lines in shown:
        column, height, width = panel.place
        inches = (_INCHES_WIDE * column / COLUMNS, _INCHES_HIGH * (len(heights) - 1 - heights.index(height)))
        _draw(figure.add_axes(_within(figure, inches, _INCHES_WIDE * width / COLUMNS)), panel, lines)
    figure.suptitle(title, fontsize=14, y=1 - _TITLE / 3 / figure.get_figheight())
    figure.savefig(out, dpi=90)


def _within(figure: Figure, corner: tuple[float, float], width: float) -> tuple[float, float, float, float]:
    """Where a panel's axes are in the figure: room is left for ticks and title. A layout that is computed from what
    stands there takes a minute for so many."""
    left, bottom = corner[0] + _MARGIN, corner[1] + _MARGIN / 2
    wide, high = width - 1.3 * _MARGIN, _INCHES_HIGH - 1.6 * _MARGIN
    return (
        left / _INCHES_WIDE,
        bottom / figure.get_figheight(),
        wide / _INCHES_WIDE,
        high / figure.get_figheight(),
    )


def _draw(axes: Any, panel: Panel, lines: Sequence[Line]) -> None:
    axes.set_title(f"{panel.row}: {panel.title}\n{panel.said}", fontsize=9, loc="left")
    axes.tick_params(labelsize=7)
    axes.grid(alpha=0.3)
    if not lines:
        axes.text(0.5, 0.5, "no data", ha="center", va="center", transform=axes.transAxes, color="tab:red")
        return
    largest = sorted(lines, key=_peak, reverse=True)
    for number, line in enumerate(largest):
        times = [datetime.fromtimestamp(at, UTC) for at in line.times]
        axes.plot(times, line.values, marker=".", markersize=1.5, linewidth=1, label=_label(line, number))
    locator = AutoDateLocator(minticks=3, maxticks=6)  # type: ignore[no-untyped-call]  # not annotated there
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(FuncFormatter(UNITS.get(panel.unit, _plain)))
    axes.set_xlim(*(datetime.fromtimestamp(at, UTC) for at in (lines[0].times[0], lines[0].times[-1])))
    top = _peak(largest[0])
    axes.set_ylim(None if panel.title.startswith("Mean") else 0, 1.5 * top if top > 0 else 1)
    axes.legend(fontsize=6, loc="upper left", ncols=3, framealpha=0.5)


def _peak(line: Line) -> float:
    return max(filter(math.isfinite, line.values))


def _label(line: Line, number: int) -> str:
    """Of many lines, the largest are named."""
    return line.name if number < MOST_NAMED else "_more"


def _plain(value: float, _at: object = None) -> str:
    return f"{value:g}"


def _scaled(suffix: str) -> Callable[[float, object], str]:
    def shown(value: float, _at: object = None) -> str:
        for unit in ("", "k", "M", "G"):
            if abs(value) < 1_000:
                return f"{value:.3g} {unit}{suffix}"
            value /= 1_000
        return f"{value:.3g} T{suffix}"

    return shown


UNITS: Mapping[str, Callable[[float, object], str]] = {
    "s": lambda value, _: f"{value:g} s",
    "percentunit": lambda value, _: f"{value:.0%}",
    "bytes": _scaled("B"),
    "Bps": _scaled("B/s"),
    "ops": lambda value, _: f"{value:g}/s",
    "reqps": lambda value, _: f"{value:g}/s",
}
