"""The think and answer parts of a completion."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.artifact.tags import Tag

_OPENING = re.compile(r"\s*<think>")
_TURN = re.compile(r"</think>\s*+<answer>")
_END = re.compile(r"</answer>[ \t\r]*+$", re.MULTILINE)
_LINED_OPENING, _LINED_TURN = "<think>\n", "\n</think>\n<answer>\n"
_LINED_END = re.compile(r"\n</answer>$", re.MULTILINE)


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

    Text on lines after the end passes, as by the published rule (`on_lines`). Line breaks are not asked for.
    """
    if not _OPENING.match(text):
        return False
    turn = _TURN.search(text)
    return turn is not None and _END.search(text, turn.end()) is not None


def on_lines(text: str) -> bool:
    """The published rule: ``re.match`` of ``^<think>\\n.*?\\n</think>\\n<answer>\\n.*?\\n</answer>$`` with DOTALL and
    MULTILINE, in linear time: what the first turn leaves is the most that any leaves."""
    if not text.startswith(_LINED_OPENING):
        return False
    turn = text.find(_LINED_TURN, len(_LINED_OPENING))
    return turn >= 0 and _LINED_END.search(text, turn + len(_LINED_TURN)) is not None
