"""Measures of text on the first screen: where the render stage says that it stands, and whether the picture shows it
there. Pure.

Sources: contrast, WCAG 2.2, 1.4.3 (relative luminance, 4.5 to 1 for text that can be read well); alignment, the
alignment points of Miniukovich & De Angeli 2015 and the simplicity of Ngo, Teo & Byrne 2003; length of lines, Dyson &
Haselgrove 2001 (best read up to about 75 characters) and Bringhurst, "The Elements of Typographic Style".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean

from PIL import Image, ImageChops, ImageFilter

from services.judge.page_facts import Block

Box = tuple[int, int, int, int]
"""Left, top, right and bottom edge."""

STROKE = 10
"""Difference of neighbouring pixels, 0 to 255, from which they may be the edge of a letter."""

LETTER = 0.5
"""Mean width of a letter by the size of its type."""

WALL = 400
"""Characters from which one text counts no more."""

GAP = 0.2
"""A space by the size of its type, less a pixel."""

AREA = 12_000_000
"""Pixels of boxes that are measured, the first of them: texts that do not lie on one another take far less."""

LEAST = 4
"""Texts from which it can be said that they stand in line."""


@dataclass(frozen=True, slots=True)
class TextMeasures:
    """None where there is too little text to say.

    Attributes:
        shown: characters that could stand in the boxes of text that the picture shows, about.
        contrast: mean of WCAG's ratio over the texts, 1 to 21, each at most `ENOUGH`.
        aligned: share of texts that are in line with another, below or beside it.
        beside: share of texts that have another beside them.
        touching: share of texts that have a like one beside them with no gap between.
        line: mean characters of a line, of texts of several lines.
    """

    shown: float
    contrast: float | None
    aligned: float | None
    beside: float | None
    touching: float | None
    line: float | None


ENOUGH = 7.0
"""A contrast beyond which more adds nothing: WCAG 2.2, 1.4.6."""

VISIBLE = 1.6
"""A contrast below which text counts as not shown."""


def measure_text(grey: Image.Image, blocks: Sequence[Block]) -> TextMeasures:
    """Measure the blocks on the whole screenshot in grey, one pixel to a CSS pixel."""
    within = _at_most(AREA, [(block, box) for block in blocks if (box := _clipped(block, grey.size))])
    ratios = [_contrast(grey.crop(box)) for _, box in within]
    shown = [block for (block, _), ratio in zip(within, ratios, strict=True) if ratio >= VISIBLE]
    several = [characters(block) for block in shown if block.height >= 2.4 * block.size]
    return TextMeasures(
        shown=sum(min(_lines(block) * characters(block), WALL) for block in shown),
        contrast=fmean(min(ratio, ENOUGH) for ratio in ratios) if ratios else None,
        aligned=_aligned(shown) if len(shown) >= LEAST else None,
        beside=fmean(bool(_gaps(block, shown)) for block in shown) if len(shown) >= LEAST else None,
        touching=fmean(_touches(block, shown) for block in shown) if len(shown) >= LEAST else None,
        line=fmean(several) if several else None,
    )


def _at_most(area: int, within: list[tuple[Block, Box]]) -> list[tuple[Block, Box]]:
    """The first of them, so many pixels in all."""
    areas = accumulate((right - left) * (bottom - top) for _, (left, top, right, bottom) in within)
    return [placed for placed, sum_of in zip(within, areas, strict=True) if sum_of <= area]


def characters(block: Block) -> float:
    """Letters that a line of the block holds."""
    return block.width / (LETTER * block.size)


def _lines(block: Block) -> float:
    return max(1, block.height // (1.6 * block.size))


def _clipped(block: Block, size: tuple[int, int]) -> Box | None:
    left, top = max(0, int(block.x)), max(0, int(block.y))
    right, bottom = min(size[0], int(block.x + block.width)), min(size[1], int(block.y + block.height))
    return (left, top, right, bottom) if right - left >= 3 and bottom - top >= 3 else None


def _contrast(part: Image.Image) -> float:
    """WCAG's ratio of a box: its commonest grey, and that grey moved by the height of the edges in it."""
    edges = ImageChops.difference(part.filter(ImageFilter.MaxFilter(3)), part.filter(ImageFilter.MinFilter(3)))
    return _ratio(part.histogram(), edges.histogram())


def _ratio(greys: list[int], edges: list[int]) -> float:
    ground = max(range(256), key=greys.__getitem__)
    step = _quantile(edges[STROKE:], 0.75)
    if step is None:
        return 1.0
    lighter = sum(greys[ground + 1 :]) > sum(greys[:ground])
    ink = min(255, ground + STROKE + step) if lighter else max(0, ground - STROKE - step)
    low, high = sorted((_luminance(ground), _luminance(ink)))
    return (high + 0.05) / (low + 0.05)


def _quantile(histogram: Sequence[int], share: float) -> int | None:
    """The first index at which the share is reached; None of nothing."""
    total, passed = sum(histogram), 0
    for index, count in enumerate(histogram):
        passed += count
        if total and passed >= share * total:
            return index
    return None


def _luminance(grey: int) -> float:
    value = grey / 255
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _aligned(blocks: Sequence[Block]) -> float:
    """By left edge or middle in a column, or by middle in a row. A rounded pixel to either side is still in line."""
    places = [(round(b.x), round(b.x + b.width / 2), round(b.y + b.height / 2)) for b in blocks]
    lines = [Counter(column) for column in zip(*places, strict=True)]
    return fmean(any(map(_around, lines, place)) for place in places)


def _around(counts: Counter[int], place: int) -> bool:
    return sum(counts[place + step] for step in (-1, 0, 1)) > 1


def _gaps(block: Block, blocks: Sequence[Block]) -> list[tuple[float, Block]]:
    """To those that begin right of it or end left of it, and have its middle in their height."""
    middle = block.y + block.height / 2
    row = [other for other in blocks if other is not block and other.y <= middle <= other.y + other.height]
    gaps = [(max(other.x - block.x - block.width, block.x - other.x - other.width), other) for other in row]
    return [(gap, other) for gap, other in gaps if gap >= 0]


def _touches(block: Block, blocks: Sequence[Block]) -> bool:
    """Less than a space lies between it and one of the same row and size; boxes of different kinds hold their own."""
    return any(
        gap < GAP * block.size and other.size == block.size and abs(other.y - block.y) <= 2
        for gap, other in _gaps(block, blocks)
    )
