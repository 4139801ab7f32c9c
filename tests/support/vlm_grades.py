"""How the scripted VLM server grades: by a picture's hash, with noise, taken in by text where it is told to. Pure."""

from __future__ import annotations

import hashlib
import math
import random
import re
from dataclasses import dataclass
from typing import Any

GRADES = ("rendering", "relevance", "layout", "beauty", "overall")
HIGHEST = 5.0
_UNLIKELY = -30.0
_TOKEN = re.compile(r"\d|[A-Za-z_]+|\s+|.", re.DOTALL)
_ASKS = re.compile(
    r"\b(5|five|10|ten|100|full|max(imum)?|top|highest|best|perfect|flawless|excellent|outstanding)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Temper:
    """How a server grades besides what it sees.

    Attributes:
        noise: standard deviation of one Gaussian error a call, added to all its grades, so that their mean errs by it.
        seed: with a call's number it decides the error.
        integer: grades are whole numbers; log-probabilities tell what they were before.
        lowest, highest: between these lie the grades that follow from a hash. Away from 0 and 5 little is clipped.
    """

    noise: float = 0.0
    seed: int = 0
    integer: bool = False
    lowest: float = 0.0
    highest: float = HIGHEST

    def seen(self, image: str) -> dict[str, float]:
        """Grades by a picture's SHA-256, without noise."""
        span = self.highest - self.lowest
        return {name: round(self.lowest + grade * span / HIGHEST, 1) for name, grade in grades(image).items()}

    def said(self, seen: dict[str, float], number: int) -> dict[str, float]:
        """Grades of the call with this number, 0 to 5, before they are rounded to whole ones."""
        if not self.noise:
            return dict(seen)
        error = random.Random(f"{self.seed}:{number}").gauss(0.0, self.noise)  # noqa: S311 - must repeat itself
        return {name: round(min(HIGHEST, max(0.0, grade + error)), 3) for name, grade in seen.items()}


def grades(image: str) -> dict[str, float]:
    """The grades that the server gives to a picture, by its SHA-256."""
    digest = hashlib.sha256(bytes.fromhex(image)).digest()
    return {name: round(byte / 51, 1) for name, byte in zip(GRADES, digest, strict=False)}


def asks_for_a_grade(text: str) -> bool:
    """Whether a page's text names a grade, or a praise, that a gullible judge would give."""
    return _ASKS.search(text) is not None


def log_probabilities(content: str, meant: dict[str, float], most: int) -> dict[str, Any]:
    """The ``logprobs`` of an answer: its tokens, and beside the digit of a whole grade its neighbour.

    The expected value over grade and neighbour is the grade that was meant. Everything else was all but certain.

    Args:
        content: the answer's text.
        meant: grades before they were rounded.
        most: alternatives told for each token (``top_logprobs``).
    """
    places = _whole_grades(content, meant)
    return {"content": [_token(match, places.get(match.start()), most) for match in _TOKEN.finditer(content)]}


def _whole_grades(content: str, meant: dict[str, float]) -> dict[int, float]:
    """Where a whole grade's digit stands -> the grade that was meant."""
    found = ((name, re.search(rf'"{name}": (\d)(?![.\d])', content)) for name in meant)
    return {match.start(1): meant[name] for name, match in found if match}


def _token(match: re.Match[str], meant: float | None, most: int) -> dict[str, Any]:
    text = match[0]
    likely = {text: 1.0} if meant is None else _around(int(text), meant)
    told = sorted(likely.items(), key=lambda item: -item[1])[:most]
    return _entry(text, likely[text]) | {"top_logprobs": [_entry(other, share) for other, share in told]}


def _around(digit: int, meant: float) -> dict[str, float]:
    """Probabilities of the digit and the whole number beyond the grade that was meant."""
    share = abs(meant - digit)
    neighbour = digit + (1 if meant > digit else -1)
    return {str(digit): 1.0 - share} | ({str(neighbour): share} if share else {})


def _entry(text: str, share: float) -> dict[str, Any]:
    likely = math.log(share) if share > 0 else _UNLIKELY
    return {"token": text, "logprob": likely, "bytes": list(text.encode())}
