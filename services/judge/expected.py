"""Expected grades from log-probabilities: what the model might have said, each weighed by how likely it was. Pure.

Looked at is the token with which a stated number begins, and the alternatives that the server tells for it:

- ``token``: the stated number ends in that token. Every alternative that is a number from 0 to 5 counts as that number.
- ``split``: the token is the whole part and further tokens hold the fraction, as in ``3`` ``.5``. The stated whole part
  counts as the stated number; another one as the nearest number in tenths that begins with it, so ``4`` beside a stated
  3.5 counts as 4.0, and ``2`` as 2.9. An alternative with a fraction of its own counts as what it is.
- ``stated``: the number as it stands in the answer, wherever the above cannot be read: the tokens do not make up
  the answer, the number begins within text, or what counts is less likely than `LEAST` in all.

Probabilities are divided by their sum over what counts. They are the server's: most tell them before temperature, some
before the schema bears on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, isnan

LEAST = 0.5
"""What counts must be at least so likely together."""

HIGHEST = 5.0

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_ALONE = re.compile(r"[\s:]*(\d(?:\.\d+)?)[\s,}]*", re.ASCII)
_LEAD = re.compile(r"[\s:]*")
_WHOLE = re.compile(r"\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of the answer.

    Attributes:
        text: its bytes.
        likely: natural logarithm of its probability.
        others: token -> logarithm, of the likeliest at this place; the token itself may be among them.
    """

    text: bytes
    likely: float
    others: tuple[tuple[bytes, float], ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """``source``: ``token``, ``split`` or ``stated``."""

    value: float
    source: str


def expected(answer: str, tokens: Sequence[Token], name: str, stated: float) -> Grade:
    """The expected value of one grade.

    Args:
        answer: the answer's text, a JSON object.
        tokens: those that make it up; more may follow, as a token that ends it.
        name: of the grade, a key of that object.
        stated: the number that it has there.
    """
    place = _place(answer, name)
    found = _first(answer.encode(), tokens, place[0]) if place else None
    if place is None or found is None:
        return Grade(stated, "stated")
    token, start = found
    lead, inside = token.text[: place[0] - start], len(token.text) - (place[0] - start)
    if not _LEAD.fullmatch(_text(lead)):
        return Grade(stated, "stated")
    split = inside < place[1] - place[0]
    value = _mean(_counting(token, lead, stated, split=split))
    return Grade(stated, "stated") if value is None else Grade(value, "split" if split else "token")


def _place(answer: str, name: str) -> tuple[int, int] | None:
    """Where a grade's number stands, in bytes. A quotation mark within a text is escaped, so only a key matches."""
    found = list(re.finditer(rf'(?<!\\)"{re.escape(name)}"\s*:\s*({_NUMBER})', answer))
    if len(found) != 1:
        return None
    return len(answer[: found[0].start(1)].encode()), len(answer[: found[0].end(1)].encode())


def _first(answer: bytes, tokens: Sequence[Token], place: int) -> tuple[Token, int] | None:
    """The token that holds a byte of the answer, and where it begins; None where the tokens are not the answer's."""
    if not b"".join(token.text for token in tokens).startswith(answer):
        return None
    ends = accumulate(len(token.text) for token in tokens)
    return next(((token, end - len(token.text)) for token, end in zip(tokens, ends, strict=True) if end > place), None)


def _counting(token: Token, lead: bytes, stated: float, *, split: bool) -> list[tuple[float, float]]:
    """Value and probability of everything that counts; nothing, where what was said does not count as the stated
    number, as with ``5e-1``."""
    if _value(token.text.removeprefix(lead), stated, split=split) != stated or isnan(token.likely):
        return []
    likely = dict(token.others) | {token.text: token.likely}
    values = (
        (_value(text.removeprefix(lead), stated, split=split), exp(min(0.0, p)))
        for text, p in likely.items()
        if not isnan(p)
    )
    return [(value, probability) for value, probability in values if value is not None]


def _value(text: bytes, stated: float, *, split: bool) -> float | None:
    found = _ALONE.fullmatch(_text(text))
    if found is None or float(found[1]) > HIGHEST:
        return None
    if not (split and _WHOLE.fullmatch(found[1])):
        return float(found[1])
    whole = int(found[1])
    return stated if whole == int(stated) else whole + (0.9 if whole < stated else 0.0)


def _mean(counting: Iterable[tuple[float, float]]) -> float | None:
    pairs = list(counting)
    total = sum(probability for _, probability in pairs)
    if total < LEAST:
        return None
    return min(HIGHEST, max(0.0, round(sum(value * p for value, p in pairs) / total, 4)))


def _text(part: bytes) -> str:
    return part.decode("utf-8", "replace")
