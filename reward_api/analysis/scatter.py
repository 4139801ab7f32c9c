"""Judge against people, drawn: a panel for each scale. matplotlib (extra ``analysis``) is loaded when called."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from reward_api.analysis import style
from reward_api.analysis.agreement import Agreement
from reward_api.analysis.extra import needs
from reward_api.analysis.style import INK, QUIET

DOTS = "#2563eb"
COLUMNS, INCHES = 3, 3.1
HIGHEST = 5
NUDGE = 0.05
"""Grades that many sites share are drawn around each other, in a sunflower's order."""


def scatter(
    title: str,
    pairs: Mapping[str, Sequence[tuple[float, float]]],
    found: Mapping[str, Agreement],
    form: str,
) -> bytes:
    """A picture with one panel for each scale.

    Args:
        pairs: scale -> (people, judge) of each site.
        form: ``png``, ``svg`` or ``pdf``.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    figures: Any = needs("matplotlib.figure")
    rows = math.ceil(len(found) / COLUMNS)
    with needs("matplotlib").rc_context(style.BASE):
        figure = figures.Figure(figsize=(COLUMNS * INCHES, rows * (INCHES + 0.35) + 0.5), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        panels = figure.subplots(rows, min(COLUMNS, len(found)), squeeze=False)
        places = list(panels.flat)
        for axes, (scale, agreement) in zip(places, found.items(), strict=False):
            _panel(axes, scale, pairs[scale], agreement)
        for axes in places[len(found) :]:
            axes.set_visible(False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format=form, dpi=150)
    return buffer.getvalue()


def _panel(axes: Any, scale: str, pairs: Sequence[tuple[float, float]], found: Agreement) -> None:
    spread = apart(pairs)
    axes.plot([0, HIGHEST], [0, HIGHEST], color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.scatter([x for x, _ in spread], [y for _, y in spread], s=16, color=DOTS, alpha=0.55, linewidths=0, zorder=2)
    rank = "" if found.spearman is None else f"Spearman {found.spearman:.2f}, "
    axes.set_title(f"{scale}\n{rank}bias {found.bias:+.2f}, {found.sites} sites", color=INK, linespacing=1.4)
    axes.set(xlim=(-0.2, HIGHEST + 0.2), ylim=(-0.2, HIGHEST + 0.2), xlabel="people", ylabel="judge", aspect="equal")
    axes.set_xticks(range(HIGHEST + 1))
    axes.set_yticks(range(HIGHEST + 1))


def apart(pairs: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same points, with those at one place moved around it so that each is seen."""
    seen: dict[tuple[float, float], int] = {}
    moved = []
    for pair in pairs:
        number = seen.get(pair, 0)
        seen[pair] = number + 1
        reach, angle = NUDGE * math.sqrt(number), number * math.pi * (3 - math.sqrt(5))
        moved.append((pair[0] + reach * math.cos(angle), pair[1] + reach * math.sin(angle)))
    return moved
