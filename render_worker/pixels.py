"""What a screenshot's pixels say. Pure."""

from __future__ import annotations

import io
import struct
from itertools import pairwise

from PIL import Image, ImageChops

UNIFORM = 0.999
"""Share of one colour from which a page without text counts as empty: a lone spinner covers less than the rest."""

GRID = (160, 100)
VISIBLE = 24
"""Two pictures are compared in cells of this grid; a cell differs from so many steps of 255 in one of its colours."""

HASH_SIDE = 8


def open_png(png: bytes, width: int, height: int) -> Image.Image:
    """The picture in RGB. The size is checked before anything is decoded: the picture comes from a browser that ran a
    candidate's code.

    Raises:
        ValueError, OSError: not a PNG of the expected size.
    """
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[12:16] != b"IHDR" or struct.unpack(">II", png[16:24]) != (width, height):
        raise ValueError(f"not a PNG of {width} x {height} pixels")
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        return image.convert("RGB")


def dominant_share(image: Image.Image) -> float:
    """Share of pixels in the picture's commonest colour, 0 to 1."""
    pixels = image.width * image.height
    return max((count for count, _ in image.getcolors(pixels) or []), default=0) / pixels


def cells_of(image: Image.Image) -> Image.Image:
    """The picture in the cells of `GRID`, 48 kB."""
    return image.resize(GRID, Image.Resampling.BOX)


def changed_share(one: Image.Image, other: Image.Image) -> float:
    """Share of the screen that differs to the eye, 0 to 1. Both as pictures, or both as `cells_of` them."""
    bands = ImageChops.difference(cells_of(one), cells_of(other)).split()
    strongest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(strongest.histogram()[VISIBLE:]) / (GRID[0] * GRID[1])


def dhash(image: Image.Image) -> str:
    """A perceptual hash in sixteen hexadecimal digits: like pictures differ in few of its 64 bits. Each tells whether
    a cell of the picture, shrunk to 9 by 8 greys, is lighter than its left neighbour."""
    shrunk = image.convert("L").resize((HASH_SIDE + 1, HASH_SIDE), Image.Resampling.BOX).tobytes()
    rows = [shrunk[at : at + HASH_SIDE + 1] for at in range(0, len(shrunk), HASH_SIDE + 1)]
    bits = "".join("1" if right > left else "0" for row in rows for left, right in pairwise(row))
    return f"{int(bits, 2):016x}"
