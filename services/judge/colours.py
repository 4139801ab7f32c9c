"""Colours that an instruction asks for, looked for in the screenshots. Pure; Pillow only.

WebGen-Bench's instructions end in a sentence such as "Use ivory for the background and forest green for components":
whether a page obeys it is counted here, so that nobody has to take a judge's word for it. Colours are compared by
CIE76 difference in CIELAB (D65).
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from PIL import Image, ImageColor

from services.errors import JudgeError

Rgb = tuple[int, int, int]
Lab = tuple[float, float, float]

NEAR = 5.0
"""CIE76 difference up to which two colours count as one: 2.3 is just noticeable side by side."""

LEAST_SHARE = {"background": 0.15, "components": 0.002, "any": 0.002}
"""Share of a screenshot from which a colour is there, by the part it is meant for. A button is 0.3 percent."""

MOST_COLOURS = 4_096
MAX_ASKED = 8
SHORTEST_OF_TWO = 7
"""Letters of ``dimgray`` and ``hotpink``."""
MAX_INSTRUCTION = 20_000

_BEYOND_CSS = {"lightgoldenrod": "#eedd82", "azuremist": "#f0ffff", "offwhite": "#faf9f6"}
_STYLES = re.compile(r"\b(backgrounds?|colou?rs?|components?|theme|palette|accents?|layout|UI)\b", re.IGNORECASE)
_GROUND = re.compile(r"\b(backgrounds?|base|layout)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_HEX = r"#[0-9a-fA-F]{6}\b"
_VAGUE = (
    "pale|light|lighter|deep|deeper|dark|darker|soft|warm|cool|muted|bright|rich|dusty|vivid|burnt|off|midnight|"
    "cobalt|electric|ocean|baby|brick|emerald|mustard|rose|sand|slate|steel|ice|blood|wine|neon|pastel|earthy"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A colour that is asked for.

    Attributes:
        exact: the name alone says which colour is meant: ``deep plum`` and ``a pale blue`` do not.
        part: ``background``, ``components``, or ``any`` where the instruction names no ground: where two colours are
            named together with one, the first is the ground's (so written in all of WebGen-Bench).
    """

    name: str
    rgb: Rgb
    part: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """Attributes:
    share: highest share of any one screenshot, 0 to 1, in this colour.
    found: None where the name is not exact.
    """

    name: str
    part: str
    share: float | None
    found: bool | None


def colour_facts(instruction: str, pngs: Sequence[bytes]) -> list[dict[str, Any]]:
    """Each colour asked for, as a JSON object of `Seen`.

    Raises:
        JudgeError: a screenshot cannot be decoded.
    """
    wanted = asked(instruction)
    palettes = [palette(png) for png in pngs] if wanted else []
    return [asdict(_look(each, palettes)) for each in wanted]


def asked(instruction: str) -> tuple[Asked, ...]:
    """The colours of the sentences that speak of styling, each once, in their order."""
    found: dict[str, Asked] = {}
    for sentence in _SENTENCE.split(instruction[:MAX_INSTRUCTION]):
        names = _names().findall(sentence) if _STYLES.search(sentence) else []
        for each in _parts(names, grounded=_GROUND.search(sentence) is not None):
            found.setdefault(each.name, each)
    return tuple(found.values())[:MAX_ASKED]


def _parts(names: Sequence[tuple[str, str]], *, grounded: bool) -> Iterator[Asked]:
    for position, (vague, name) in enumerate(names):
        part = "any" if not grounded else "background" if position == 0 else "components"
        yield Asked((vague + name).lower(), _rgb(name), part, exact=not vague)


def _rgb(name: str) -> Rgb:
    plain = re.sub(r"[\s-]", "", name.lower())
    red, green, blue = ImageColor.getrgb(_BEYOND_CSS.get(plain, plain))[:3]
    return red, green, blue


@cache
def _names() -> re.Pattern[str]:
    """What stands before a colour's name and makes it vague, if anything; and the name: of CSS, also as words of their
    own (``slategray``, ``slate gray``, ``Slate-Gray``), longest first; or six hexadecimal digits."""
    known = (*ImageColor.colormap, *_BEYOND_CSS)
    longest = sorted(known, key=len, reverse=True)
    names = "|".join(map(_spelling, longest))
    # A name that begins with such a word itself (``light pink``) is tried first.
    return re.compile(rf"((?:\b(?!(?:{names})\b)(?:{_VAGUE})[\s-])?)({_HEX}|\b(?:{names})\b)", re.IGNORECASE)


def _spelling(name: str) -> str:
    """A pattern for a name, gaps allowed in one that is long enough to be made of two."""
    return r"[\s-]?".join(name) if len(name) >= SHORTEST_OF_TWO else name


def palette(png: bytes) -> list[tuple[float, Lab]]:
    """The commonest colours of a screenshot as (share, CIELAB). The caller has bounded its pixels.

    Raises:
        JudgeError: it cannot be decoded.
    """
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            image = picture.convert("RGB")
    except (OSError, ValueError) as error:
        raise JudgeError("a screenshot cannot be decoded") from error
    pixels = image.width * image.height
    counted = sorted(image.getcolors(pixels) or [], reverse=True)[:MOST_COLOURS]
    return [(count / pixels, lab(colour)) for count, colour in counted if isinstance(colour, tuple)]


def _look(wanted: Asked, palettes: Iterable[list[tuple[float, Lab]]]) -> Seen:
    if not wanted.exact:
        return Seen(wanted.name, wanted.part, None, None)
    goal = lab(wanted.rgb)
    share = max((_share(goal, each) for each in palettes), default=0.0)
    return Seen(wanted.name, wanted.part, round(share, 4), share >= LEAST_SHARE[wanted.part])


def _share(goal: Lab, colours: Iterable[tuple[float, Lab]]) -> float:
    return sum(share for share, colour in colours if math.dist(goal, colour) <= NEAR)


def lab(rgb: Sequence[int]) -> Lab:
    """sRGB to CIELAB under D65 (IEC 61966-2-1; CIE 15)."""
    red, green, blue = (_linear(channel / 255) for channel in rgb)
    x = _cube_root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = _cube_root(0.2126 * red + 0.7152 * green + 0.0722 * blue)
    z = _cube_root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _linear(channel: float) -> float:
    return float(channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4)


def _cube_root(value: float) -> float:
    return math.cbrt(value) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
