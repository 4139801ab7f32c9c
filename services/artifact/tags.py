"""Tags of a completion: found in one pass, their attributes read leniently within bounds.

Each header is read no further than the next tag, so all headers together cost one pass over the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast

from services.artifact.limits import MAX_TAG_CHARACTERS

Name = Literal["think", "answer", "artifact", "action"]

_TAG = re.compile(
    r"<(?P<close>/)?[ \t]{0,4}"
    r"(?:(?P<word>think|answer)(?=[ \t]{0,4}>)|(?P<brand>(?i:web|bolt))(?P<part>(?i:artifact|action))(?![\w-]))",
    re.ASCII,
)
_CLOSE_END = re.compile(r"[ \t]{0,40}>?")
_GAP = re.compile(r"[ \t\r/]*+")
_NAME = re.compile(r"[A-Za-z_][\w.:-]{0,60}", re.ASCII)
_EQUALS = re.compile(r"[ \t]{0,20}=[ \t]{0,20}")
_BARE_VALUE = re.compile(r"[^\s<>]*+")
_UP_TO_BRACKET = re.compile(r"[^<>\n]*+")
_NEXT_LINE_GOES_ON = re.compile(r"\s{0,200}(?:[A-Za-z_][\w.:-]{0,60}\s{0,20}=\s{0,20}[\"'`\u201c\u2018]|/?>)", re.ASCII)
_CURLY = {"\u201c": "\u201d", "\u201d": "\u201d", "\u2018": "\u2019", "\u2019": "\u2019"}
_QUOTES = {'"': '"', "'": "'", "`": "`"} | _CURLY
_ALL_QUOTES = "".join(_QUOTES) + "\\"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag-like text.

    Attributes:
        start, end: span; of an opening artifact or action tag the end is that of its name.
        limit: where the next tag starts, or the text ends.
        line_start: nothing but spaces before it on its line.
        quoted: a closing tag directly followed by a quote character: text of a program, not a tag.
    """

    name: Name
    closing: bool
    bolt: bool
    start: int
    end: int
    limit: int
    line_start: bool
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Attributes of one opening tag, names in lower case without ``-`` and ``_``.

    Attributes:
        end: where the content starts.
        state: ``whole``; ``repaired`` (quotes or the closing bracket missing or odd); ``cut`` (the text ended).
    """

    attributes: dict[str, str]
    end: int
    state: Literal["whole", "repaired", "cut"]
    self_closing: bool = False


def tags(text: str) -> list[Tag]:
    """Every tag of the formats, in order. One pass."""
    found = list(_TAG.finditer(text))
    limits = [m.start() for m in found[1:]] + [len(text)]
    return [_tag(text, match, limit) for match, limit in zip(found, limits, strict=False)]


def _tag(text: str, match: re.Match[str], limit: int) -> Tag:
    word, closing = match["word"], match["close"] is not None
    name = cast("Name", word or match["part"].lower())
    end = match.end()
    if word or closing:
        rest = _CLOSE_END.match(text, end)
        end = rest.end() if rest else end
    return Tag(
        name=name,
        closing=closing,
        bolt=(match["brand"] or "").lower() == "bolt",
        start=match.start(),
        end=end,
        limit=limit,
        line_start=_starts_line(text, match.start()),
        quoted=closing and _is_quoted(text, end),
    )


def _starts_line(text: str, position: int) -> bool:
    while position and text[position - 1] in " \t":
        position -= 1
    return position == 0 or text[position - 1] == "\n"


def _is_quoted(text: str, end: int) -> bool:
    return text[end : end + 1] in _QUOTES and text[end : end + 3] != "```"


class _HeaderReader:
    """Reads ``name="value"`` pairs from the end of a tag's name on."""

    def __init__(self, text: str, tag: Tag) -> None:
        self.text = text
        self.at = tag.end
        self.stop = min(tag.limit, tag.end + MAX_TAG_CHARACTERS)
        self.attributes: dict[str, str] = {}
        self.repaired = False

    def read(self) -> Header:
        for _ in self._steps():
            self._attribute()
        if self.at < self.stop and self.text[self.at] == ">":
            slash = self.text[self.at - 1] == "/"
            return self._header(self.at + 1, "repaired" if self.repaired else "whole", slash)
        cut = self.at >= len(self.text)
        return self._header(self.at, "cut" if cut else "repaired")

    def _header(self, end: int, state: Literal["whole", "repaired", "cut"], slash: bool = False) -> Header:
        return Header(self.attributes, end, state, slash)

    def _steps(self) -> Iterator[None]:
        """Yields while another attribute may stand here; stops at ``>``, ``<``, a broken line or the limit."""
        while True:
            gap = _GAP.match(self.text, self.at, self.stop)
            self.at = gap.end() if gap else self.at
            if self.at >= self.stop or self.text[self.at] in "<>":
                return
            if self.text[self.at] == "\n":
                if not _NEXT_LINE_GOES_ON.match(self.text, self.at):
                    return
                self.at += 1
                continue
            yield

    def _attribute(self) -> None:
        name = _NAME.match(self.text, self.at, self.stop)
        if name is None:
            self.repaired = True
            self.at += 1
            return
        self.at = name.end()
        equals = _EQUALS.match(self.text, self.at, self.stop)
        if equals is None:
            return
        self.at = equals.end()
        key = name[0].lower().replace("-", "").replace("_", "")
        self.attributes.setdefault(key, self._value(free_text=key == "title"))

    def _value(self, free_text: bool) -> str:
        """A quoted value, or what stands there instead. Only a title may contain brackets."""
        opened = self.at
        while self.at < self.stop and self.text[self.at] == "\\":
            self.at += 1
        quote = self.text[self.at] if self.at < self.stop else ""
        if quote not in _QUOTES or not quote:
            return self._bare()
        self.repaired |= self.at > opened or quote not in "\"'"
        line_end = _bounded_find(self.text, "\n", self.at, self.stop)
        close = self.text.find(_QUOTES[quote], self.at + 1, line_end)
        bracket = self.text.find(">", self.at + 1, line_end)
        if close < 0 or (0 <= bracket < close and not free_text):
            return self._unfinished()
        value = self.text[self.at + 1 : close]
        escaped = self.at > opened
        self.at = close + 1
        return value.removesuffix("\\") if escaped else value

    def _bare(self) -> str:
        self.repaired = True
        match = _BARE_VALUE.match(self.text, self.at, self.stop)
        value = match[0] if match else ""
        self.at += len(value)
        return value.strip(_ALL_QUOTES).removesuffix("/")

    def _unfinished(self) -> str:
        self.repaired = True
        match = _UP_TO_BRACKET.match(self.text, self.at, self.stop)
        value = match[0] if match else ""
        self.at += len(value)
        return value.strip().strip(_ALL_QUOTES)


def _bounded_find(text: str, needle: str, start: int, stop: int) -> int:
    found = text.find(needle, start, stop)
    return stop if found < 0 else found


def header(text: str, tag: Tag) -> Header:
    """Attributes of an opening artifact or action tag."""
    return _HeaderReader(text, tag).read()
