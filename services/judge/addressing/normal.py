"""Texts as a reader takes them, whatever they are spelled with: every character keeps the place that it came from.

Compatibility forms, case, accents, invisible characters and lookalikes of other scripts are brought down to plain
letters; each view of a text is read by the same patterns. Pure.
"""

# ruff: noqa: RUF001 -- a pattern is one line, and lookalikes are its matter
from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_LOOKALIKES = str.maketrans("аеорсухіѕјԁһкмтвнԛԝαορνικτυεηϲոս", "aeopcyxisjdhkmtbhqwaopviktuencnu")
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢı", "abcdefghijklmnoprstuvwyzi")
_LEET = str.maketrans("0134578@$!|", "oieastbasil")
_QUOTES = str.maketrans("‘’‛ʼ“”„«»–—‐‑", '\'\'\'\'"""""----')
_TAGS = range(0xE0020, 0xE007F)
_DECORATION = "*_~`^"

_TOKEN = re.compile(r"[^\s.,:;?()\[\]{}\"'/<>=-]+")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,8000}={0,2}")
_FEWEST_PRINTABLE = 0.97
_LONGEST_FORM = 6
"""Characters that one character stands for, at most: some are whole sentences."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to read a text.

    Attributes:
        text: what patterns are matched against.
        origins: for each of its characters, the index of the character that it came from.
    """

    text: str
    origins: Sequence[int]

    def reversed(self) -> View:
        return View(self.text[::-1], self.origins[::-1])


@lru_cache(maxsize=20_000)
def _plain(character: str) -> str:
    """What one character stands for; empty for one that nobody sees."""
    if ord(character) in _TAGS:
        return chr(ord(character) - 0xE0000).lower()
    if character in _DECORATION:
        return ""
    parts = unicodedata.normalize("NFKD", character.translate(_QUOTES)).casefold()
    kept = (part for part in parts if unicodedata.category(part) not in ("Mn", "Me", "Cf", "Cc") or part in "\n\t ")
    return "".join(kept).translate(_SMALL_CAPITALS)[:_LONGEST_FORM]


def fold(pattern: str) -> str:
    """A pattern's letters brought down as texts are; its own syntax stays."""
    parts = unicodedata.normalize("NFKD", pattern)
    return "".join(part for part in parts if unicodedata.category(part) != "Mn")


def plain(text: str) -> View:
    """Plain letters, single spaces, and line ends where blocks end."""
    letters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for part in _plain(character):
            if part.isspace():
                _space(letters, "\n" if part == "\n" else " ")
                del origins[len(letters) :]
                origins += [index] * (len(letters) - len(origins))
            else:
                letters.append(part)
                origins.append(index)
    return View(_unmixed("".join(letters)), origins)


def _space(letters: list[str], space: str) -> None:
    if letters and letters[-1] == " " and space == "\n":
        letters[-1] = space
    elif not letters or letters[-1] not in " \n":
        letters.append(space)


def _unmixed(text: str) -> str:
    """Words of Latin and lookalike letters together are Latin words. Lengths stay."""

    def mend(word: re.Match[str]) -> str:
        told = word[0]
        mixed = any("a" <= letter <= "z" for letter in told) and any(ord(letter) > 0x36F for letter in told)
        return told.translate(_LOOKALIKES) if mixed else told

    return _TOKEN.sub(mend, text)


def leet(view: View) -> View | None:
    """Digits and signs within words read as letters; None where there are none."""

    def mend(word: re.Match[str]) -> str:
        told = word[0]
        letters = sum("a" <= letter <= "z" for letter in told)
        return told.translate(_LEET) if 0 < letters < len(told) else told

    mended = _TOKEN.sub(mend, view.text)
    return View(mended, view.origins) if mended != view.text else None


def compact(view: View) -> View:
    """Letters and digits alone, so that nothing is gained by spacing them out."""
    kept = [index for index, character in enumerate(view.text) if character.isalnum()]
    return View("".join(view.text[index] for index in kept), [view.origins[index] for index in kept])


def decoded(text: str) -> Iterator[View]:
    """What is written in base64; every character of it comes from the first of its source."""
    for found in _BASE64.finditer(text):
        body = found[0].rstrip("=")
        try:
            data = base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode()
        except (binascii.Error, ValueError):
            continue
        readable = sum(character.isprintable() or character.isspace() for character in data)
        if data and readable >= _FEWEST_PRINTABLE * len(data):
            inner = plain(data)
            yield View(inner.text, [found.start()] * len(inner.text))
