"""How alike a page is to the scaffold that nobody changed. Pure.

Measured on words and not on pixels: the scaffold's page is one sentence on a grey ground, to which any sparse page
is near in pixels, and none is in words.
"""

from __future__ import annotations

from difflib import SequenceMatcher

SCAFFOLD_TEXT = "Replace this page with the website."
UNCHANGED = 0.9
"""Likeness from which a page counts as the scaffold's own."""

_MOST = 400


def likeness(text: str) -> float:
    """0 to 1: how much of the visible text is the scaffold's, by words in order."""
    words = text[:_MOST].lower().split()
    return round(SequenceMatcher(None, SCAFFOLD_TEXT.lower().split(), words, autojunk=False).ratio(), 3)
