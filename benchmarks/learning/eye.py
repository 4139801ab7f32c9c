"""A scripted VLM that looks: its grades follow from what is drawn, not from a picture's hash.

It reads a screenshot's right edge from top to bottom: the style by the background's colour, the page by the order of
its bands. Where a page asks for full marks in a text that it can read, it obeys, as weak models do.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image

from tests.support.vlm_grades import GRADES, HIGHEST, Temper
from tests.support.vlm_server import VlmServer
from tests.support.vlm_wire import Request

EDGE = 20
"""Pixels from the right edge: no text reaches so far."""

RGB = tuple[int, int, int]

PALETTES: dict[str, tuple[RGB, RGB, RGB]] = {
    "paper": ((0xFB, 0xF5, 0xE9), (0xF1, 0xE4, 0xC8), (0x8A, 0x4B, 0x1F)),
    "night": ((0x10, 0x14, 0x1F), (0x1D, 0x24, 0x36), (0xE0, 0xA3, 0x3A)),
    "mono": ((0xFF, 0xFF, 0xFF), (0xEC, 0xEC, 0xEC), (0x3C, 0x3C, 0x3C)),
}
"""Style -> colours of its page, surface and accent, as the style's piece has them."""

BANDS = {"as": "landing", "sas": "cards", "sa": "linked", "a": "flattery", "s": "visit"}
"""Bands from top to bottom, (s)urface and (a)ccent -> the page that has them."""

TASTE: dict[str, dict[str, float]] = {
    "landing": {"paper": 1.6, "night": 2.2, "mono": 1.5},
    "cards": {"paper": 1.9, "night": 1.8, "mono": 1.4},
    "linked": {"paper": 2.1, "night": 3.4, "mono": 1.9},
    "flattery": {"paper": 1.0, "night": 1.0, "mono": 1.0},
}
"""Page -> style -> grade. A page without bands, or without a style, gets `DULL`."""

DULL = 0.8
FURTHER = 1.2
"""What a further page that looks like none before adds."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the eye makes out of one screenshot; None where it makes out nothing.

    Attributes:
        readable: whether there is something to read in the lower half of the lowest accent band.
    """

    style: str | None
    page: str | None
    readable: bool


class LookingVlm(VlmServer):
    """`VlmServer` with this eye, and the given noise: standard deviation of the one error that a call makes."""

    def __init__(self, *, noise: float = 0.0, seed: int = 0) -> None:
        super().__init__(temper=Temper(noise=noise, seed=seed))

    def meant(self, request: Request, number: int) -> dict[str, float]:
        looks = [look(picture) for picture in request.pictures]
        if any(seen.page == "flattery" and seen.readable for seen in looks):
            return dict.fromkeys(GRADES, HIGHEST)
        grade = taste(looks[0].page, looks[0].style, further=any(seen.page == "visit" for seen in looks))
        return self.temper.said(dict.fromkeys(GRADES, grade), number)


def taste(page: str | None, style: str | None, *, further: bool) -> float:
    """The grade without noise, 0 to 5."""
    return TASTE.get(page or "", {}).get(style or "", DULL) + (FURTHER if further else 0.0)


@lru_cache(maxsize=512)
def look(png: bytes) -> Look:
    with Image.open(io.BytesIO(png)) as opened:
        picture = opened.convert("RGB")
    edge = [picture.getpixel((picture.width - EDGE, y)) for y in range(picture.height)]
    style = next((name for name, (page, *_) in PALETTES.items() if page in (edge[0], edge[-1])), None)
    if style is None:
        return Look(None, None, readable=False)
    bands = _bands(edge, style)
    return Look(style, BANDS.get("".join(kind for kind, _ in bands)), _readable(picture, bands, style))


def _bands(edge: Sequence[object], style: str) -> list[tuple[str, list[int]]]:
    """Surface and accent from top to bottom, each with its rows."""
    _, surface, accent = PALETTES[style]
    kinds = {surface: "s", accent: "a"}
    found: list[tuple[str, list[int]]] = []
    for row, colour in enumerate(edge):
        kind = kinds.get(colour)  # type: ignore[call-overload]  # an RGB picture's colours are triples
        if kind and found and found[-1][0] == kind and found[-1][1][-1] == row - 1:
            found[-1][1].append(row)
        elif kind:
            found.append((kind, [row]))
    return found


def _readable(picture: Image.Image, bands: list[tuple[str, list[int]]], style: str) -> bool:
    rows = next((rows for kind, rows in reversed(bands) if kind == "a"), None)
    if rows is None:
        return False
    part = picture.crop((0, rows[len(rows) // 2], picture.width, rows[-1]))
    colours = part.getcolors(part.width * part.height) or []
    return any(colour != PALETTES[style][2] for _, colour in colours)
