"""Two screenshots, pixel by pixel."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, ImageChops


@dataclass(frozen=True, slots=True)
class Difference:
    """Attributes:
    pixels: that differ in any channel.
    largest: difference of one channel, 0 to 255.
    box: left, upper, right, lower edge of what differs; None where nothing does.
    """

    pixels: int
    largest: int
    box: tuple[int, int, int, int] | None


def differ(one: bytes, other: bytes) -> Difference:
    """How two PNGs differ; of different sizes, in every pixel of the larger."""
    if one == other:
        return Difference(0, 0, None)
    first, second = (Image.open(io.BytesIO(png)).convert("RGB") for png in (one, other))
    if first.size != second.size:
        width, height = (max(sides) for sides in zip(first.size, second.size, strict=True))
        return Difference(width * height, 255, (0, 0, width, height))
    red, green, blue = ImageChops.difference(first, second).split()
    worst = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    counts = worst.histogram()
    largest = max(value for value, count in enumerate(counts) if count)
    return Difference(sum(counts[1:]), largest, worst.getbbox())
