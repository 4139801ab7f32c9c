"""The texts of rendered pages and where they stand: the artifact ``words.json`` of the render stage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from services.contract.clean import clean

WORDS = "words.json"
"""Name of the artifact: a JSON object, screenshot name -> `PageWords`."""

MAX_BOXES = 40
MAX_TEXTS = 8_000
MAX_LENGTH = 20_000

Where = Literal[
    "visible",
    "faint",
    "hidden",
    "off-screen",
    "svg",
    "canvas",
    "pseudo",
    "picture",
    "frame",
    "value",
    "placeholder",
    "alt",
    "title",
    "aria",
    "document",
    "meta",
]

Box = tuple[int, int, int, int]


class Word(BaseModel):
    """One text as the page holds it.

    Attributes:
        where: ``visible`` text of the page, ``faint`` (of nearly its ground's colour, nearly transparent or tiny),
            ``hidden`` (not drawn at all), ``off-screen`` (drawn where no scrolling leads); of an ``svg``, a ``canvas``,
            a style's ``pseudo``-element, a ``picture`` that is itself a document, a ``frame``; a field's ``value`` or
            ``placeholder``; the attributes ``alt``, ``title`` and ``aria-…``; the ``document``'s title, its ``meta``.
        gap: what lies between it and the text before it: nothing, a space, or a line end where another block begins.
        boxes: ``[x, y, width, height]`` in pixels of the screenshot for each line, also beyond its edges; empty where
            nothing of it is drawn.
    """

    model_config = ConfigDict(frozen=True)

    text: Annotated[str, Field(max_length=MAX_LENGTH), BeforeValidator(clean)]
    where: Where
    gap: Literal["", " ", "\n"] = "\n"
    boxes: Annotated[tuple[Box, ...], Field(max_length=MAX_BOXES)] = ()


class PageWords(BaseModel):
    """All texts behind one screenshot, in the document's order.

    Attributes:
        cut: there were more than are told.
        crowded: of those on the screen too, or of the page's nodes: more than anybody could read.
    """

    model_config = ConfigDict(frozen=True)

    texts: Annotated[tuple[Word, ...], Field(max_length=MAX_TEXTS)] = ()
    cut: bool = False
    crowded: bool = False


def words_bytes(pages: Mapping[str, PageWords]) -> bytes:
    told: dict[str, Any] = {name: page.model_dump(mode="json") for name, page in pages.items()}
    return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()


def words_from_bytes(data: bytes) -> dict[str, PageWords]:
    """Raises `ValueError`: these are no words."""
    return TypeAdapter(dict[str, PageWords]).validate_json(data)
