"""Parts of a screenshot covered with the colour around them. Pure; Pillow only."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

from PIL import Image

from services.contract.words import Box
from services.errors import JudgeError

MARGIN = 3
"""Pixels that are covered around each box: glyphs reach out of their lines."""

RING = 2
"""Pixels around what is covered, whose commonest colour covers it."""

MAX_RINGS = 3_000
"""Parts whose surroundings are looked at; further ones are covered with the last one's colour."""

Edges = tuple[int, int, int, int]


def covered(png: bytes, boxes: Sequence[Box]) -> bytes | None:
    """The picture with these boxes covered; None where that changes nothing that can be seen.

    Raises:
        JudgeError: it cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            image = picture.convert("RGB")
    except (OSError, ValueError) as error:
        raise JudgeError("a screenshot cannot be decoded") from error
    after = image.copy()
    colour = (0, 0, 0)
    for number, edges in enumerate(dict.fromkeys(filter(None, (_edges(box, image.size) for box in boxes)))):
        colour = _around(image, edges) if number < MAX_RINGS else colour
        after.paste(colour, edges)
    if after.tobytes() == image.tobytes():
        return None
    buffer = io.BytesIO()
    after.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _edges(box: Box, size: tuple[int, int]) -> Edges | None:
    """What of a box and its margin lies in the picture."""
    x, y, width, height = box
    left, top = max(0, x - MARGIN), max(0, y - MARGIN)
    right, bottom = min(size[0], x + width + MARGIN), min(size[1], y + height + MARGIN)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _around(image: Image.Image, edges: Edges) -> tuple[int, int, int]:
    """The commonest colour of the ring around a rectangle; its own where it fills the picture."""
    left, top, right, bottom = edges
    outer = (max(0, left - RING), max(0, top - RING), min(image.width, right + RING), min(image.height, bottom + RING))
    strips = (
        (outer[0], outer[1], outer[2], top),
        (outer[0], bottom, outer[2], outer[3]),
        (outer[0], top, left, bottom),
        (right, top, outer[2], bottom),
    )
    counted: Counter[tuple[int, int, int]] = Counter()
    for strip in (*strips, edges):
        if strip[0] < strip[2] and strip[1] < strip[3] and (strip is not edges or not counted):
            part = image.crop(strip)
            for count, colour in part.getcolors(part.width * part.height) or []:
                counted[colour] += count  # type: ignore[index]  # an RGB picture's colours are triples
    return counted.most_common(1)[0][0]
