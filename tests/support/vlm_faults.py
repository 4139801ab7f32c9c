"""What the scripted VLM server can do wrong, and how faults are mixed. Pure."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate

STATUSES = {
    "down": 500,
    "bad-gateway": 502,
    "unavailable": 503,
    "request-timeout": 408,
    "conflict": 409,
    "rate-limited": 429,  # Retry-After in milliseconds, OpenAI's own header
    "rate-limited-seconds": 429,
    "rate-limited-date": 429,  # Retry-After as an HTTP date
    "rate-limited-bare": 429,  # without saying for how long
    "no-credit": 429,  # that no waiting mends
}
"""Refused for reasons of the server's own."""

LATE = (
    "slow",  # answers only after the mode has changed, the server was closed or 30 s went by
    "hang",  # never answers
    "trickle",  # the answer comes byte by byte, over half a minute
)
CUT = (
    "reset",  # the connection is reset in the middle of the answer
    "hung-up",  # the connection is closed without an answer
)
ENVELOPES = (
    "broken-envelope",  # 200 with something that is no chat completion
    "no-choices",  # a chat completion of nothing
    "web-page",  # 200 with a web page, as proxies answer
)
FAILING = (*STATUSES, *LATE, *CUT, *ENVELOPES)
"""Faults of the server, whatever it was shown."""

UNREADABLE = (
    "wrong-nonce",
    "invalid-json",  # the reply's text is no JSON
    "schema-break",  # a grade is missing, one is out of range
    "refusal",
    "content-filter",  # refused before the model saw it: 400
    "filtered",  # cut off by a content filter while the model spoke
    "truncated",
)
"""Answers without a grade, for which what was shown may be the reason."""

MODES = (
    "normal",
    *FAILING,
    *UNREADABLE,
    "one-picture",  # a request with more pictures is refused: 400
)


@dataclass(frozen=True)
class Mix:
    """Faults by chance: every call has one with the same probability, whatever it shows.

    Attributes:
        share: 0 to 1.
        faults: modes, each as likely as the others.
        seed: with a call's number it decides, so that a mix is the same in every run.
    """

    share: float = 0.0
    faults: tuple[str, ...] = ()
    seed: int = 0

    def fault(self, number: int) -> str | None:
        """The fault of the call with this number."""
        chance = random.Random(f"{self.seed}:{number}")  # noqa: S311 - must repeat itself
        return chance.choice(self.faults) if self.faults and chance.random() < self.share else None


def checked(modes: Sequence[str]) -> tuple[str, ...]:
    """Raises `ValueError`: there is no such mode."""
    for mode in modes:
        if mode not in MODES:
            raise ValueError(f"no such mode: {mode}; there are {', '.join(MODES)}")
    return tuple(modes)


def retry_headers(mode: str, seconds: float) -> dict[str, str]:
    """What a refusal says of when to come again."""
    match mode:
        case "rate-limited":
            return {"retry-after-ms": "10"}
        case "rate-limited-seconds":
            return {"retry-after": f"{seconds:g}"}
        case "rate-limited-date":
            # Dates are in whole seconds, which are cut off.
            return {"retry-after": formatdate(time.time() + seconds + 1, usegmt=True)}
        case _:
            return {}
