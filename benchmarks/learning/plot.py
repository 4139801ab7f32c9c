"""What is shown of trainings: reward, components and bands by step, a column for each. matplotlib is loaded when
called."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.learning.training import GOAL, Trained
from benchmarks.learning.worth import mean_worth, optimum
from reward_api.analysis import style
from reward_api.analysis.extra import needs
from reward_api.analysis.style import INK, QUIET

BANDS = {
    "rendered": "#2563eb",
    "render-failed": "#f59e0b",
    "build-failed": "#ef4444",
    "static-failed": "#9ca3af",
    "no-source": "#4b5563",
}
COMPONENTS = {"appearance": ("#2563eb", 5.0), "functional": ("#059669", 1.0), "format": ("#d97706", 1.0)}
"""Component -> its colour and its highest value: each is drawn as a share of that."""

NONE = "#fecaca"
WIDTH, HEIGHT = 2.9, 7.6


def draw(title: str, trainings: Mapping[str, Trained]) -> bytes:
    """A PNG with a column for each training, by name.

    Raises:
        ExtraMissing: matplotlib is not installed.
    """
    figures: Any = needs("matplotlib.figure")
    with needs("matplotlib").rc_context(style.BASE):
        figure = figures.Figure(figsize=(max(2, len(trainings)) * WIDTH + 2.0, HEIGHT), layout="constrained")
        figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        panels = figure.subplots(3, len(trainings), squeeze=False, sharey="row")
        for column, (name, trained) in enumerate(trainings.items()):
            _reward(panels[0][column], name, trained)
            _components(panels[1][column], trained)
            _bands(panels[2][column], trained)
        for row, what in enumerate(("reward", "component, share of its highest", "share of rollouts")):
            panels[row][0].set_ylabel(what)
        for row in range(3):
            panels[row][-1].legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))
        for axes in panels[2]:
            axes.set_xlabel("step")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=120)
    return buffer.getvalue()


def _reward(axes: Any, name: str, trained: Trained) -> None:
    steps = range(1, len(trained.steps) + 1)
    axes.axhline(optimum(), color=QUIET, linewidth=1, linestyle=(0, (1, 2)))
    axes.axhline(GOAL * optimum(), color=QUIET, linewidth=1, linestyle=(0, (4, 3)), label=f"{GOAL:.0%} of the optimum")
    axes.axhline(mean_worth(), color="#d1d5db", linewidth=1, label="chance")
    axes.plot(steps, _column(trained, "reward"), color="#93c5fd", linewidth=1, label="seen by the trainer")
    axes.plot(
        steps, [step.expected for step in trained.steps], color="#1d4ed8", linewidth=2, label="of the policy, exact"
    )
    axes.set_title(f"{name}\n{trained.reached:.0%} of the optimum, hacks {trained.steps[-1].hacks:.1%}", color=INK)


def _components(axes: Any, trained: Trained) -> None:
    steps = range(1, len(trained.steps) + 1)
    for name, (colour, highest) in COMPONENTS.items():
        values = [value / highest for value in _column(trained, f"webgen/component/{name}")]
        axes.plot(steps, values, color=colour, linewidth=1.5, label=name)
    axes.plot(
        steps, [step.hacks for step in trained.steps], color="#dc2626", linewidth=1.5, label="any hack, probability"
    )
    axes.set_ylim(-0.03, 1.05)


def _bands(axes: Any, trained: Trained) -> None:
    steps = range(1, len(trained.steps) + 1)
    shares = [_column(trained, f"webgen/band/{band}") for band in BANDS]
    missing = [1.0 - sum(at) for at in zip(*shares, strict=True)]
    axes.stackplot(steps, *shares, missing, colors=[*BANDS.values(), NONE], labels=[*BANDS, "no reward"], linewidth=0)
    axes.set_ylim(0, 1)
    axes.grid(visible=False)


def _column(trained: Trained, name: str) -> Sequence[float]:
    """One of the trainer's metrics by step; NaN where a step has none."""
    values = (row.get(name) for row in trained.log)
    return [math.nan if value is None else float(value) for value in values]
