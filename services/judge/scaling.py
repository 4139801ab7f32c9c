"""Screenshots made smaller before they are sent. Decodes only what does not fit."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import Image

from services.errors import JudgeError
from services.judge.protocol import Shot
from services.judge.shots import png_size
from services.judge.tokens import scaled


def fitting(shot: Shot, longest_edge: int) -> Shot:
    """The shot with no edge longer than asked; the same bytes where it fits already.

    Raises:
        JudgeError: it cannot be decoded: the render stage failed us.
    """
    size = png_size(shot.png)
    wanted = scaled(*size, longest_edge)
    return shot if wanted == size else replace(shot, png=_smaller(shot.png, wanted))


def _smaller(png: bytes, size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    try:
        with Image.open(io.BytesIO(png), formats=("PNG",)) as image:
            image.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(buffer, "PNG")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise JudgeError(f"a screenshot cannot be decoded ({type(error).__name__})") from error
    return buffer.getvalue()
