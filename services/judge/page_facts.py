"""What the render report says of a page, read with tolerance: facts come from a page that may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FULL_TEXT = 250
"""Characters of visible text from which a page counts as filled."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Facts about one page; None where the report does not say.

    Attributes:
        text_length: visible characters.
        font_sizes: distinct sizes of visible text, in CSS pixels.
        overflow: pixels by which the page is wider than the viewport.
        structure: headings, landmarks and controls, counted together.
        words: title and text of the page, where the text is known.
    """

    text_length: float | None = None
    font_sizes: tuple[float, ...] | None = None
    overflow: float | None = None
    structure: float | None = None
    words: str | None = None

    def signals(self) -> dict[str, float]:
        """Signals from 0 to 1 by name, for what is known."""
        known: dict[str, float] = {}
        if self.text_length is not None:
            known["content"] = min(1.0, self.text_length / FULL_TEXT)
        if self.overflow is not None:
            known["fits"] = max(0.0, 1 - self.overflow / 200)
        if self.structure is not None:
            known["structure"] = min(1.0, self.structure / 12)
        if self.font_sizes:
            known["hierarchy"] = hierarchy(self.font_sizes)
        return known


def hierarchy(sizes: tuple[float, ...]) -> float:
    """How clearly text sizes are graded: a largest text of three times the smallest, in three to eight sizes."""
    contrast = min(1.0, (max(sizes) / max(min(sizes), 1.0) - 1) / 2)
    distinct = len({round(size) for size in sizes})
    return max(0.0, contrast) * (1.0 if 3 <= distinct <= 8 else 0.6)


def read_page(facts: Mapping[str, Any], shot: str) -> PageFacts:
    """Read ``facts["page"][shot]``; what is missing or of a wrong type is unknown."""
    pages = facts.get("page")
    page = pages.get(shot) if isinstance(pages, Mapping) else None
    if not isinstance(page, Mapping):
        return PageFacts()
    counts = [_number(page.get(name)) for name in ("headings", "landmarks", "controls")]
    return PageFacts(
        text_length=_number(page.get("text_length")),
        font_sizes=tuple(n for n in map(_number, _list(page.get("font_sizes"))) if n) or None,
        overflow=_number(page.get("viewport_overflow_px")),
        structure=sum(c for c in counts if c is not None) if any(c is not None for c in counts) else None,
        words=_words(page),
    )


def _words(page: Mapping[str, Any]) -> str | None:
    text, title = page.get("text"), page.get("title")
    return f"{title if isinstance(title, str) else ''} {text}" if isinstance(text, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return float(value)


def _list(value: object) -> list[Any]:
    return value[:1_000] if isinstance(value, list) else []
