"""Text that every store and wire can hold: no NUL, no lone surrogate. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def clean(value: Any) -> Any:
    """The same value with NUL and lone surrogates in its texts replaced by U+FFFD.

    A sampled token can be either, no JSON text in UTF-8 or SQL text can hold them, and one token must not end a
    training step. Whole surrogate pairs become the character that they spell.
    """
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def _clean_text(text: str) -> str:
    text = text.replace("\0", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
