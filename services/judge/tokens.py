"""How many tokens a judging takes. Pure. An estimate for limits and budgets; what was used, the server says.

Pictures by the formula of OpenAI's tile models (gpt-4o, gpt-4.1): a picture in high detail is made to fit into 2048 x
2048, then down to 768 on its shorter edge, and costs 85 and 170 for each tile of 512 x 512; in low detail it costs 85.
Models that cut pictures into patches (Qwen2.5-VL: 28 x 28 pixels a token) count otherwise, in the same order of size.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from services.settings.judge import JudgeShots

PICTURE = 85
TILE = 170
TILE_EDGE = 512
FITS = 2_048
SHORTER_EDGE = 768

CHARACTERS = 4
"""Of a text, to a token: English prose. Other writing takes more."""

OVERHEAD = 250
"""Tokens of the schema, the labels of the pictures, the nonce and what frames the messages."""

REPLY = 250
"""Tokens of a usual answer: five grades with a sentence each."""

HOME = (1_280, 800)
MOBILE = (390, 844)
"""What the render stage photographs, in pixels, with its viewport as it is by itself."""


def picture_tokens(width: int, height: int, detail: str = "high") -> int:
    """Of one picture as it is sent; ``auto`` counts as ``high``."""
    if detail == "low":
        return PICTURE
    fitted = min(1.0, FITS / max(width, height))
    scale = fitted * min(1.0, SHORTER_EDGE / (min(width, height) * fitted))
    tiles = ceil(round(width * scale, 6) / TILE_EDGE) * ceil(round(height * scale, 6) / TILE_EDGE)
    return PICTURE + TILE * tiles


def text_tokens(text: str) -> int:
    return ceil(len(text) / CHARACTERS)


def call_tokens(text: str, sizes: Iterable[tuple[int, int]], detail: str) -> int:
    """Of one call, in and out.

    Args:
        text: rubric and instruction.
        sizes: width and height of each picture as it is sent.
    """
    return text_tokens(text) + OVERHEAD + sum(picture_tokens(*size, detail) for size in sizes) + REPLY


def scaled(width: int, height: int, longest_edge: int) -> tuple[int, int]:
    """The size that a picture is made smaller to; its own where it fits."""
    scale = min(1.0, longest_edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def pictures_tokens(shots: JudgeShots) -> int:
    """Of all pictures of a case that has as many pages as the settings show, each as large as its first screen."""
    sizes = [HOME] * (1 + shots.routes) + [MOBILE] * shots.mobile
    return sum(picture_tokens(*scaled(*size, shots.longest_edge), shots.detail) for size in sizes)
