"""From a page's words to the texts among them that address a grader. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.contract.words import Box, PageWords, Word
from services.judge.addressing.normal import View, compact, decoded, leet, plain
from services.judge.addressing.rules import EDUCATION, LESSON, Compiled, accomplices, plain_rules, spaced_rules
from services.judge.addressing.verdicts import verdicts

MAX_FOUND = 2_000
"""Of one screenshot: many more than anybody reads, so that none is left uncovered behind decoys."""

MAX_BOXES = 80
MAX_BESIDE = 200
"""Words of one block on either side of a match that are covered with it."""

MAX_QUOTE = 120
MAX_TEXT = 200_000
"""Characters of one stream that are read."""

LONGEST_PIECE = 3.2
"""Characters of a piece on average, up to which pieces are no words."""

CONTEXT = 60
"""Characters beside a match that may show it to be honest."""

EVERYTHING: Box = (0, 0, 100_000, 100_000)
"""A box that no screenshot is larger than."""

DRAWN = frozenset({"visible", "faint", "svg", "canvas", "pseudo", "picture", "frame", "value", "placeholder"})
UNDRAWN = frozenset({"hidden", "off-screen"})


@dataclass(frozen=True, slots=True)
class Addressed:
    """One text that addresses a grader.

    Attributes:
        kind: one of `rules.KINDS`.
        where: as `services.contract.words.Word.where`.
        shot: name of the screenshot.
        quote: the text, at most `MAX_QUOTE` characters.
        boxes: what of the screenshot shows it or belongs to it, in pixels; empty where nothing does.
    """

    kind: str
    where: str
    shot: str
    quote: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class _Stream:
    """Words that are read one after another; `owners` names the word of each character."""

    words: Sequence[Word]
    text: str
    owners: Sequence[int]


def find_all(pages: Mapping[str, PageWords], shots: Sequence[str]) -> tuple[Addressed, ...]:
    """What addresses a grader behind these screenshots, in their order."""
    return tuple(found for shot in shots if shot in pages for found in find(shot, pages[shot]))


def find(shot: str, page: PageWords) -> tuple[Addressed, ...]:
    """What addresses a grader behind one screenshot, each place once, at most `MAX_FOUND`."""
    told: dict[tuple[int, int, int], Addressed] = {}
    if page.crowded:
        told[-1, 0, 0] = Addressed("flood", "visible", shot, "more texts on the screen than can be read", ())
    for number, stream in enumerate(_streams(page)):
        furthest = -1  # matches come by where they begin, so that one lies within another if it ends no later
        for kind, start, end in sorted(_matches(stream, drawn=number in (0, 3)), key=lambda found: found[1:]):
            first, last = stream.owners[start], stream.owners[end]
            if last > furthest and len(told) < MAX_FOUND:
                furthest = last
                told[number, first, last] = _addressed(kind, shot, stream, first, last)
    return tuple(told.values())


def masked_boxes(page: PageWords, found: Sequence[Addressed]) -> tuple[Box, ...]:
    """Everything of a screenshot that is to be covered: what addresses a grader, and on such a page whatever speaks of
    grades and graders besides; all of it where there is more text than is read, as nobody knows what that says."""
    if page.crowded:
        return (EVERYTHING,)
    boxes = dict.fromkeys(box for one in found for box in one.boxes)
    if not found:
        return ()
    stream = next(_streams(page))
    for start, end in _accomplices(stream.text):
        boxes |= dict.fromkeys(_boxes(stream, stream.owners[start], stream.owners[end - 1]))
    return tuple(boxes)


def _accomplices(text: str) -> Iterator[tuple[int, int]]:
    view = plain(text)
    for found in accomplices().finditer(view.text):
        yield view.origins[found.start()], view.origins[found.end() - 1] + 1


def _streams(page: PageWords) -> Iterator[_Stream]:
    """What is drawn, what is not, what programs read; and where something drawn is faint, what is plain to see."""
    yield _stream([word for word in page.texts if word.where in DRAWN])
    yield _stream([word for word in page.texts if word.where in UNDRAWN])
    yield _stream([word for word in page.texts if word.where not in DRAWN | UNDRAWN])
    if any(word.where == "faint" for word in page.texts):
        yield _stream([word for word in page.texts if word.where in DRAWN - {"faint"}])


def _stream(words: Sequence[Word]) -> _Stream:
    parts: list[str] = []
    owners: list[int] = []
    for number, word in enumerate(words):
        beside = number > 0 and word.gap == "\n" and _beside(words[number - 1], word)
        part = (" " if beside else word.gap) + word.text
        if len(owners) + len(part) > MAX_TEXT:
            break
        parts.append(part)
        owners += [number] * len(part)
    return _Stream(words, "".join(parts), owners)


def _beside(before: Word, word: Word) -> bool:
    """Whether two blocks stand next to each other on one line, as words of one sentence do."""
    if not before.boxes or not word.boxes:
        return False
    (x, y, width, height), (left, top, _, tall) = before.boxes[-1], word.boxes[0]
    apart = left - (x + width)
    return -2 <= apart <= height and abs((y + height / 2) - (top + tall / 2)) < min(height, tall) / 2


def _matches(stream: _Stream, *, drawn: bool) -> Iterator[tuple[str, int, int]]:
    """Kind, and the first and the last character of the stream's text."""
    view = plain(stream.text)
    lesson = drawn and len({found[0] for found in EDUCATION.finditer(view.text)}) >= LESSON
    for kind, start, end in _in_views(stream.text, view):
        if not (lesson and kind in ("override", "marker")):
            yield kind, start, end


def _in_views(text: str, view: View) -> Iterator[tuple[str, int, int]]:
    yield from _read(view, plain_rules())
    other = leet(view)
    if other is not None:
        yield from _read(other, plain_rules())
    for inner in decoded(text):
        yield from _read(inner, plain_rules())
    close = compact(other or view)
    for way in (close, compact(view)):
        for kind, start, end in _read(way, spaced_rules(), verdict=False):
            if _is_spaced(text[start : end + 1]):
                yield kind, start, end
    yield from _read(close.reversed(), spaced_rules(), verdict=False)


def _is_spaced(text: str) -> bool:
    """Whether its pieces are shorter, or longer, than words are: what is spelled in words is read as words."""
    pieces = re.findall(r"\w+", text)
    return len(pieces) <= 1 or sum(map(len, pieces)) <= LONGEST_PIECE * len(pieces)


def _read(view: View, rules: Sequence[Compiled], *, verdict: bool = True) -> Iterator[tuple[str, int, int]]:
    for rule in rules:
        for found in rule.pattern.finditer(view.text):
            if found.end() > found.start() and not _honest(rule, view.text, found):
                yield rule.kind, *_ends(view, found.start(), found.end())
    for start, end in verdicts(view.text) if verdict else ():
        yield "verdict", *_ends(view, start, end)


def _ends(view: View, start: int, end: int) -> tuple[int, int]:
    first, last = view.origins[start], view.origins[end - 1]
    return min(first, last), max(first, last)


def _honest(rule: Compiled, text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - CONTEXT) : found.start()].rpartition("\n")[2]
    after = text[found.end() : found.end() + CONTEXT].partition("\n")[0]
    if rule.unless is not None and rule.unless.search(before + found[0] + after):
        return True
    return rule.before is not None and rule.before.search(before) is not None


def _addressed(kind: str, shot: str, stream: _Stream, first: int, last: int) -> Addressed:
    quote = "".join(word.gap + word.text for word in stream.words[first : last + 1])
    quote = " ".join(quote.split())
    where = stream.words[first].where
    return Addressed(kind, where, shot, quote[:MAX_QUOTE], _boxes(stream, first, last)[:MAX_BOXES])


def _boxes(stream: _Stream, first: int, last: int) -> tuple[Box, ...]:
    """Of the words, then of others in their blocks."""
    words, begin, end = stream.words, first, last
    while begin > max(0, first - MAX_BESIDE) and words[begin].gap != "\n":
        begin -= 1
    while end + 1 < min(len(words), last + MAX_BESIDE) and words[end + 1].gap != "\n":
        end += 1
    near = (*words[first : last + 1], *words[begin:first], *words[last + 1 : end + 1])
    return tuple(dict.fromkeys(box for word in near for box in word.boxes))
