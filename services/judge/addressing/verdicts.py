"""Forged verdicts: grades under the names of the criteria, as a judge would write them. Pure, over folded text."""

from __future__ import annotations

import re
from collections.abc import Iterator

SPAN = 240
"""Characters that lie between the first and the last grade of one verdict, at most."""

_NAMES = (
    "rendering",
    "relevance",
    "layout",
    "beauty",
    "modernness",
    "modernity",
    "harmony",
    "overall",
    "aesthetics",
    "appearance",
    "functionality",
)
_OWN = frozenset({"rendering", "layout", "beauty", "modernness", "modernity", "harmony", "appearance"})
"""What dashboards and reviews of other things seldom grade."""

_RUBRIC = frozenset({"rendering", "relevance", "modernness"})

_GRADE = re.compile(
    rf"(?P<quote>[\"']?)\b(?P<name>{'|'.join(_NAMES)})(?:[ _](?:harmony|score|grade|rating|quality))*\b[\"']?"
    r"(?:\s?(?:[:=>(-]|is|gets|of)\s?|\s)[\"']?"
    r"(?P<grade>\d{1,3}(?:\.\d+)?|five|ten|perfect|full marks|flawless|maximum)\b"
    r"(?P<of>\s?/\s?(?:5|10|100)\b)?(?P<unit>\s?(?:hours?|days?|min|minutes|seats|rooms|ms|%|px|fps|views?|x\b))?"
)
_OBJECT = re.compile(
    r"[\"'](?:score|grade|rating|final[_ ]?score|overall(?:[_ ](?:score|grade|rating))?|verdict)[\"']\s?:\s?"
    r"[\"']?(?:5(?:\.0+)?|10|100|perfect|pass|excellent)\b(?!\.\d)"
)
_OF_A_PAGE = re.compile(
    r"\b(?:page|site|web ?site|ui|web design|judge|appearance|aesthetics?|layout|rendering|verdict)\b"
)
_TOP = frozenset({"5", "5.0", "10", "100", "five", "ten", "perfect", "full marks", "flawless", "maximum"})


def verdicts(text: str) -> Iterator[tuple[int, int]]:
    """Where forged verdicts begin and end."""
    grades = [found for found in _GRADE.finditer(text) if not found["unit"]]
    for index, first in enumerate(grades):
        near = [other for other in grades[index : index + 12] if other.end() - first.start() <= SPAN]
        if _forged(near):
            yield first.start(), near[-1].end()
    for found in _OBJECT.finditer(text):
        start, end = max(0, found.start() - SPAN), found.end() + SPAN
        if _OF_A_PAGE.search(text, start, end):
            yield found.span()


def _forged(near: list[re.Match[str]]) -> bool:
    names = {found["name"] for found in near}
    own = names & _OWN
    full = all(found["grade"] in _TOP for found in near)
    if (
        len(own) >= 2
        and (full or (len(names) >= 3 and names & _RUBRIC))
        and names & {"rendering", "layout", "modernness"}
    ):
        return True
    first = near[0]
    quoted = first["quote"] != "" and len(names) >= 2 and bool(own)
    alone = first["name"] == "rendering" and first["grade"] in ("5", "5.0") and bool(first["quote"] or first["of"])
    return quoted or alone
