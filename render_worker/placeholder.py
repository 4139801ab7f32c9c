"""What stands in for pictures, fonts and frames of others: dull, the same every time, of a plausible size. Pure."""

from __future__ import annotations

import re
import struct
import zlib
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from render_worker.site import Answer

GREY = 0xC4
DEFAULT_SIZE = (800, 600)
MAX_SIDE = 2_000

_IN_PATH = re.compile(r"/(\d{2,4})[x/](\d{2,4})(?:\D|$)")
_ONE_IN_PATH = re.compile(r"/(\d{2,4})(?:\D|$)")

DOCUMENT = Answer(200, "text/html; charset=utf-8", b'<!doctype html><body style="margin:0;background:#c4c4c4"></body>')
"""Stands in for a document of another origin, in a frame or in the page's own place."""


def picture(url: str) -> Answer:
    """A grey PNG of the size that the address asks for, as photo services spell it."""
    return Answer(200, "image/png", grey_png(*wanted_size(url)))


def font(content: bytes) -> Answer:
    """A font, whatever weight was asked for."""
    return Answer(200, "font/ttf", content)


def wanted_size(url: str) -> tuple[int, int]:
    """Width and height in pixels read off an address (``?w=400&h=300``, ``/400/300``, ``/400x300``); 4:3 where only
    a width is given, `DEFAULT_SIZE` where nothing is."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    width = _number(query, "w", "width")
    height = _number(query, "h", "height")
    if width is None and height is None:
        if both := _IN_PATH.search(parts.path):
            width, height = int(both[1]), int(both[2])
        elif one := _ONE_IN_PATH.search(parts.path):
            width = height = int(one[1])
    if width is None and height is None:
        return DEFAULT_SIZE
    width = width or (height or 0) * 4 // 3
    return _bounded(width), _bounded(height or width * 3 // 4)


def _number(query: dict[str, list[str]], *names: str) -> int | None:
    for name in names:
        value = query.get(name, [""])[0]
        if value.isascii() and value.isdigit() and len(value) <= 5 and int(value) > 0:
            return int(value)
    return None


def _bounded(side: int) -> int:
    return max(1, min(MAX_SIDE, side))


@lru_cache(maxsize=64)
def grey_png(width: int, height: int) -> bytes:
    """A one-colour PNG: one bit a pixel and one colour in its palette, since a page may ask for thousands of sizes."""
    rows = bytes(1 + (width + 7) // 8) * height
    header = struct.pack(">IIBBBBB", width, height, 1, 3, 0, 0, 0)
    chunks = (_chunk(b"IHDR", header), _chunk(b"PLTE", bytes([GREY] * 3)), _chunk(b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
