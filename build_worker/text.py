"""Program output made fit for logs and findings. Pure."""

from __future__ import annotations

import re

LOG_BYTES = 200_000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


def plain(output: bytes) -> str:
    """Text without terminal escapes and control characters; tabs and line ends stay."""
    text = output.decode(errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", _ESCAPES.sub("", text))


def bounded(text: str, limit: int = LOG_BYTES) -> bytes:
    """At most ``limit`` bytes: where there is more, the beginning and the end."""
    content = text.encode()
    if len(content) <= limit:
        return content
    half = limit // 2
    return content[:half] + b"\n... cut ...\n" + content[-half:]
