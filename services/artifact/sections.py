"""The think and answer parts of a completion."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.artifact.tags import Tag

_OPENING = re.compile(r"\s*<think>")
_TURN = re.compile(r"</think>\s*+<answer>")
_END = re.compile(r"</answer>[ \t\r]*+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Thinking:
    """The think block.

    Attributes:
        text: what was thought; None without an opening tag.
        body: index of the first tag that belongs to the answer.
        unclosed: the block has no end; it is read up to the first answer or artifact tag.
    """

    text: str | None
    body: int
    unclosed: bool = False


def thinking(text: str, tags: list[Tag]) -> Thinking:
    """The think block, where one opens before anything else; what it mentions is not part of the answer.

    A completion whose opening tag stood in the prompt starts inside the block: there, a closing tag before the
    first answer tag ends it.
    """
    if not tags:
        return Thinking(None, 0)
    if tags[0].name == "think" and not tags[0].closing:
        return _opened(text, tags)
    end = _prompted_end(tags)
    return Thinking(None, 0 if end is None else end + 1)


def _opened(text: str, tags: list[Tag]) -> Thinking:
    start = tags[0].end
    for index, tag in enumerate(tags):
        if tag.name == "think" and tag.closing:
            return Thinking(text[start : tag.start], index + 1)
    body = next((i for i, tag in enumerate(tags) if tag.name != "think"), len(tags))
    stop = tags[body].start if body < len(tags) else len(text)
    return Thinking(text[start:stop], body, unclosed=True)


def _prompted_end(tags: list[Tag]) -> int | None:
    for index, tag in enumerate(tags):
        if tag.name == "think" and tag.closing:
            return index
        if tag.name == "answer":
            return None
    return None


def well_formed(text: str) -> bool:
    """``<think>…</think>`` at the start, then ``<answer>…</answer>`` whose end ends a line.

    The published rule is a regular expression in multi-line mode, so text on lines after the end passes. Line
    breaks inside the tags are not asked for.
    """
    if not _OPENING.match(text):
        return False
    turn = _TURN.search(text)
    return turn is not None and _END.search(text, turn.end()) is not None
