"""Whether and when a call is made again. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trainer_client.limits import ClientLimits

PASSING = frozenset({429, 502, 503, 504})
"""Statuses that go away by themselves."""

jitter: Callable[[], float] = secrets.SystemRandom().random
"""Evenly spread over 0 to 1: a thousand clients must not come back in the same moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. Header names in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def __str__(self) -> str:
        return f"HTTP {self.status}"


@dataclass(frozen=True, slots=True)
class Fault:
    """No answer: refused, cut off, timed out."""

    message: str

    def __str__(self) -> str:
        return self.message


Outcome = Answer | Fault


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that a ``Retry-After`` header asks for, as a number or a date; 0 where there is none."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def worth_retrying(outcome: Outcome, failures: int, limits: ClientLimits) -> bool:
    """``failures`` counts the failed tries, this one included."""
    if isinstance(outcome, Fault) or outcome.status in PASSING:
        return True
    return outcome.status >= 500 and failures < limits.fault_tries


def delay(outcome: Outcome, failures: int, limits: ClientLimits, share: float) -> float:
    """Seconds before the next try; ``share`` from 0 to 1 is the jitter."""
    backoff = float(min(limits.max_delay, limits.first_delay * 2.0 ** min(failures - 1, 30)))
    asked = retry_after(outcome.headers, datetime.now(UTC)) if isinstance(outcome, Answer) else 0.0
    return asked + backoff * (0.1 if asked else 0.5) * (1.0 + share)
