"""From measures and facts to signals: each from 0, as bad as it gets, to 1. Pure.

The turning points are our own. They were set on development sites, finished and degraded: between what most finished
ones have and what the degraded ones are left with.
"""

from __future__ import annotations

import math
import re

from services.judge.measures import Measures
from services.judge.page_facts import PageFacts
from services.judge.text_measures import TextMeasures

Signals = dict[str, float]

FEW, SAID = 30, 300
"""Words from which repetition can be told, and those that are looked at."""


def signals(seen: Measures, text: TextMeasures | None, page: PageFacts) -> Signals:
    """Named signals; those that need facts only where the facts are known."""
    known = _of_picture(seen) | _of_page(page) | ({} if text is None else _of_text(text, page))
    return {name: round(value, 4) for name, value in known.items() if value is not None}


def _of_picture(seen: Measures) -> dict[str, float | None]:
    return {
        "presence": ramp(seen.ink, 0.001, 0.01) * ramp(seen.contour, 0.0005, 0.004),
        "palette": ramp(seen.surfaces, 1, 8),
        "colour": hill(seen.colourfulness, 2, 30, 95, 150),
        "calm": 1 - ramp(seen.colourfulness, 100, 145),
        "filled": ramp(seen.filled, 0.0, 0.35),
        "complexity": hill(seen.contour, 0.004, 0.06, 0.16, 0.35),
        "white-space": hill(seen.ink, 0.02, 0.15, 0.85, 1.0),
        "balance": ramp(seen.balance, 0.2, 0.9),
        "symmetry": ramp(seen.symmetry, 0.1, 0.6),
        "spread": ramp(seen.spread, 0.1, 0.8),
        "gathered": ramp(seen.rows, 0.15, 0.6),
    }


def _of_page(page: PageFacts) -> dict[str, float | None]:
    sizes = None if not page.font_sizes else len({round(size) for size in page.font_sizes})
    return {
        "content": _of(page.text_length, 30, 2_000, logarithmic=True),
        "structure": _of(page.structure, 2, 60, logarithmic=True),
        "interface": _of(page.structure, 0, 4),
        "own": _own(page),
        "variety": _variety(page.words),
        "fits": _fall(page.overflow, 0, 400),
        "clear": _fall(page.overlaps, 0, 4),
        "typefaces": _fall(page.families, 3.5, 7),
        "sizes": _fall(sizes, 11, 18),
        "hierarchy": hierarchy(page.font_sizes) if page.font_sizes else None,
    }


def _of_text(text: TextMeasures, page: PageFacts) -> dict[str, float | None]:
    readable = text.shown if page.readable is None else min(text.shown, page.readable)
    return {
        "words": ramp(readable, 0, 30),
        "legible": _of(text.contrast, 1.6, 5.0),
        "aligned": _of(text.aligned, 0.3, 0.85),
        "columns": _of(text.beside, 0.2, 0.75),
        "gaps": _fall(text.touching, 0.05, 0.5),
        "lines": _fall(text.line, 60, 115),
    }


def _own(page: PageFacts) -> float | None:
    """0 for a first screen that is all picture, with hardly a word to read or a control to use on it."""
    if page.covered is None or page.readable is None or page.reachable is None:
        return None
    bare = (1 - ramp(page.readable, 40, 120)) * (1 - ramp(page.reachable, 0, 3))
    return 1 - ramp(page.covered, 0.6, 0.9) * bare


def _variety(text: str | None) -> float | None:
    """How few of the first words are said again; finished pages have new ones in half of the places and more."""
    words = re.findall(r"[^\W\d_]+", (text or "").casefold())[:SAID]
    return ramp(len(set(words)) / len(words), 0.15, 0.4) if len(words) >= FEW else None


def hierarchy(sizes: tuple[float, ...]) -> float:
    """How clearly text sizes are graded: the largest three times the smallest."""
    return ramp(max(sizes) / max(min(sizes), 1.0), 1, 3)


def ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, linear between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def hill(value: float, low: float, rise: float, fall: float, high: float) -> float:
    """An inverted U: 0 outside `low` and `high`, 1 between `rise` and `fall`."""
    return min(ramp(value, low, rise), 1 - ramp(value, fall, high))


def _of(value: float | None, low: float, high: float, *, logarithmic: bool = False) -> float | None:
    if value is None:
        return None
    return ramp(math.log(max(value, 1)), math.log(low), math.log(high)) if logarithmic else ramp(value, low, high)


def _fall(value: float | None, low: float, high: float) -> float | None:
    return None if value is None else 1 - ramp(value, low, high)
