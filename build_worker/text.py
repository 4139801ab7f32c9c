"""Program output made fit for logs and findings. Pure."""

from __future__ import annotations

import re

LOG_BYTES = 200_000
_CUT = b"\n... cut ...\n"
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[@-Z\\]"
)
"""Terminal commands: control sequences, strings (titles, links and the like) with what they hold, single escapes."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of what is shown."""


def plain(output: bytes) -> str:
    """Text without terminal escapes, control characters and controls of direction; tabs and line ends stay. Never
    longer than the output, in linear time."""
    text = output.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def bounded(text: str, limit: int = LOG_BYTES) -> bytes:
    """UTF-8 of at most ``limit`` bytes (and never less than a few): where there is more, the beginning and the end."""
    content = text.encode(errors="replace")
    if len(content) <= limit:
        return content
    half = max(0, limit - len(_CUT)) // 2
    begin, end = content[:half], content[len(content) - half :]
    return begin.decode(errors="ignore").encode() + _CUT + end.decode(errors="ignore").encode()
