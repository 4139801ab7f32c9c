"""The texts of one page with their places, as the script ``words`` tells them and as the guard heard them drawn; and
those inside pictures and frames that are documents themselves."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_to_bytes

from pydantic import ValidationError

from services.contract.words import MAX_BOXES, MAX_LENGTH, MAX_TEXTS, PageWords, Word

WORDS_BOUNDS = {
    "nodes": 60_000,
    "texts": 5_500,
    "characters": 100_000,
    "besides": {"texts": 1_500, "characters": 50_000},
    "source": 1_000_000,
    "length": MAX_LENGTH,
    "boxes": MAX_BOXES,
    "styled": 3_000,
}
"""Options of the script ``words``."""

MAX_DRAWN = 800
MAX_PICTURES = 60
MAX_READ = 25_000
"""Characters told of all canvases together, and of all pictures and frames."""

MAX_DOCUMENT = 200_000
"""Bytes of a picture's or frame's source that are read."""

Fetch = Callable[[str], bytes | None]

_ADDRESS = re.compile(r"""^\s*url\(\s*["']?(.*?)["']?\s*\)\s*$""", re.DOTALL)
_UNSEEN = re.compile(r"(?is)<(script|style|defs)\b.*?(</\1\s*>|$)|<!--.*?(-->|$)")
_ENDS = re.compile(r"(?i)</?(?:p|div|li|h[1-6]|text|tr|br|section)\b[^>]*>")
_TAG = re.compile(r"(?s)<[^>]*(>|$)")


def read_words(value: object, drawn: Iterable[str], fetch: Fetch) -> PageWords | None:
    """The answer of the script ``words``, its documents read and what was drawn put in the canvases' places.

    Args:
        drawn: texts that the page drew on canvases.
        fetch: own address -> the file, None where there is none.

    Returns:
        None where the answer has not the right shape.
    """
    try:
        told = PageWords.model_validate(value)
    except ValidationError:
        return None
    canvases = tuple(box for word in told.texts if word.where == "canvas" for box in word.boxes)[:MAX_BOXES]
    texts = [word for word in _opened(told.texts, fetch) if word.where != "canvas"]
    texts += [Word(text=text, where="canvas", boxes=canvases) for text in _at_most(drawn)]
    cut = told.cut or len(texts) > MAX_TEXTS
    return PageWords(texts=tuple(texts[:MAX_TEXTS]), cut=cut, crowded=told.crowded)


def _at_most(texts: Iterable[str]) -> Iterator[str]:
    """The first of them, `MAX_READ` characters in all."""
    left = MAX_READ
    for text in texts:
        left -= len(text)
        if left < 0:
            return
        yield text


def _opened(words: Iterable[Word], fetch: Fetch) -> Iterator[Word]:
    left, read = MAX_PICTURES, MAX_READ
    for word in words:
        if word.where not in ("picture", "frame"):
            yield word
            continue
        left -= 1
        text = _text_of(word.text, fetch)[: min(read, MAX_LENGTH)] if left >= 0 else ""
        read -= len(text)
        if text:
            yield word.model_copy(update={"text": text})


def _text_of(source: str, fetch: Fetch) -> str:
    """The words of a document: a ``data:`` address, the address of an own file, or its source."""
    address = _ADDRESS.sub(r"\1", source)
    if address.lstrip().startswith("data:"):
        document = _data(address.strip())
    elif "<" in address:
        document = address
    else:
        document = (fetch(address) or b"")[:MAX_DOCUMENT].decode("utf-8", "replace")
    return plain(document)


def _data(address: str) -> str:
    head, _, body = address.partition(",")
    data = unquote_to_bytes(body.replace("\\", ""))[:MAX_DOCUMENT]
    if head.rstrip().lower().endswith(";base64"):
        try:
            data = base64.b64decode(data[: len(data) // 4 * 4], validate=False)
        except (binascii.Error, ValueError):
            return ""
    return data.decode("utf-8", "replace")


def plain(document: str) -> str:
    """The text of a document's source, roughly: without tags, scripts and styles."""
    text = _ENDS.sub(" ", _UNSEEN.sub(" ", document[:MAX_DOCUMENT]))
    return " ".join(html.unescape(_TAG.sub("", text)).split())
