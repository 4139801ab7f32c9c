"""How every plot looks, in matplotlib's words: quiet axes, no frame, the same file from the same figures."""

from __future__ import annotations

from typing import Any

INK, QUIET, GRID = "#22272e", "#6b7280", "#e5e7eb"

BASE: dict[str, Any] = {
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "svg.fonttype": "none",
    "svg.hashsalt": "webgen-reward",
}
