"""Whether and when a call is made again. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from trainer_client.errors import Problem, declined
from trainer_client.limits import ClientLimits

PASSING = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that go away by themselves."""
NOT_FOUND, TOO_LARGE, TOO_MANY = 404, 413, 429

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

    @property
    def from_service(self) -> bool:
        """A refusal in the service's own words, and not those of something that stands before it."""
        return Problem.read(self.status, self.content).from_service

    def __str__(self) -> str:
        return f"HTTP {declined(self.status, self.content)}"


@dataclass(frozen=True, slots=True)
class Fault:
    """No answer: refused, cut off, timed out."""

    message: str

    def __str__(self) -> str:
        return self.message


Outcome = Answer | Fault

RESTED = Fault("nothing was sent")


def refused(answer: Answer, met: bool) -> bool:
    """Whether an answer that is not 2xx says that sending the same again will not help.

    A 4xx that is not the service's own word (a proxy's page while nobody stands behind it) is believed only of an
    address that never answered as the service would.

    Args:
        met: whether it ever did.
    """
    if answer.status in PASSING or answer.status >= 500:
        return False
    return not met or answer.status == TOO_LARGE or answer.from_service


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds that a ``Retry-After`` header asks for, as a number or a date; 0 where there is none."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, OverflowError):
        return 0.0


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
