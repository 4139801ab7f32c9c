"""What a screenshot's pixels say. Pure."""

from __future__ import annotations

import io
import struct

from PIL import Image

UNIFORM = 0.999
"""Share of one colour from which a page without text counts as empty: a lone spinner covers less than the rest."""


def dominant_share(png: bytes, width: int, height: int) -> float:
    """Share of pixels in the picture's commonest colour, 0 to 1.

    The size is checked before anything is decoded: the picture comes from a browser that ran a candidate's code.

    Raises:
        ValueError: not a PNG of the expected size.
    """
    if png[:8] != b"\x89PNG\r\n\x1a\n" or png[12:16] != b"IHDR" or struct.unpack(">II", png[16:24]) != (width, height):
        raise ValueError(f"not a PNG of {width} x {height} pixels")
    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        counts = image.convert("RGB").getcolors(width * height) or []
    return max((count for count, _ in counts), default=0) / (width * height)
