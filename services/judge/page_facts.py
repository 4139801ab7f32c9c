"""What the render report says of a page, read with tolerance: facts come from a page that may lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_BLOCKS = 300

SMALLEST = 0.01
"""CSS pixels of the size of a type or a box that is measured."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where one element with text of its own stands on the first screen, and the size of its type; CSS pixels."""

    x: float
    y: float
    width: float
    height: float
    size: float


@dataclass(frozen=True, slots=True)
class PageFacts:
    """Facts about one page; None where the report does not say.

    Attributes:
        text_length: visible characters.
        font_sizes: distinct sizes of visible text, in CSS pixels.
        overflow: pixels by which the page is wider than the viewport.
        structure: headings, landmarks and controls, counted together.
        words: title and text of the page, where the text is known.
        blocks: texts of the first screen.
        families: distinct stacks of typefaces.
        overlaps: pairs of texts that lie on one another.
        readable: characters on the first screen that nothing hides.
        reachable: controls of which that is true.
        covered: share of the first screen under pictures of any kind.
        height: of the whole page, in CSS pixels.
    """

    text_length: float | None = None
    font_sizes: tuple[float, ...] | None = None
    overflow: float | None = None
    structure: float | None = None
    words: str | None = None
    blocks: tuple[Block, ...] | None = None
    families: float | None = None
    overlaps: float | None = None
    readable: float | None = None
    reachable: float | None = None
    covered: float | None = None
    height: float | None = None


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
        blocks=_blocks(page.get("text_blocks")),
        families=_number(page.get("font_families")),
        overlaps=_number(page.get("overlaps")),
        readable=_number(page.get("readable")),
        reachable=_number(page.get("reachable")),
        covered=_covered(page.get("covered")),
        height=_number(page.get("page_height_px")),
    )


def _blocks(value: object) -> tuple[Block, ...] | None:
    """Those that have the right shape; a place may lie outside the screen."""
    if not isinstance(value, list):
        return None
    return tuple(block for entry in value[:MAX_BLOCKS] if (block := _block(entry)) is not None)


def _block(entry: object) -> Block | None:
    if not isinstance(entry, list | tuple) or len(entry) != 5:
        return None
    numbers = [float(n) for n in entry if isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < 1e6]
    return Block(*numbers) if len(numbers) == 5 and min(numbers[2:]) >= SMALLEST else None


def _covered(value: object) -> float | None:
    return _number(value.get("share")) if isinstance(value, Mapping) else None


def _words(page: Mapping[str, Any]) -> str | None:
    text, title = page.get("text"), page.get("title")
    return f"{title if isinstance(title, str) else ''} {text}" if isinstance(text, str) else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9:
        return None
    return float(value)


def _list(value: object) -> list[Any]:
    return value[:1_000] if isinstance(value, list) else []
