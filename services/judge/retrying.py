"""Whether a call that the server failed at is repeated, and when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import isfinite

FIRST_WAIT = 0.5
LONGEST_WAIT = 20.0
"""Seconds; each wait is twice the one before."""

JITTER = 0.5
"""Share of a wait of our own that chance may take off, and of a server's that it may add, so that calls which failed
together do not come back together."""

LONGEST_JITTER = 2.0
"""Seconds that chance may add to what a server asked for."""

RETRIED = frozenset({408, 409, 429})

NO_CREDIT = "insufficient_quota"
"""Code of a 429 that no waiting mends: the account is empty."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A call that brought nothing.

    Attributes:
        what: what the server did, to stand behind "the judge's server".
        status: HTTP status, where it answered.
        code: the error's code in the answer's body.
        retry_after: seconds that it asked to wait.
        lasting: no repeat would mend it, whatever the status says.
    """

    what: str
    status: int | None = None
    code: str | None = None
    retry_after: float | None = None
    lasting: bool = False

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later: 408, 409, 429, 5xx, no connection, no answer in time, and an answer
        that is none."""
        if self.lasting or self.code == NO_CREDIT:
            return False
        return self.status is None or self.status in RETRIED or self.status >= 500


def wait_for(failure: Failure, failed: int, retries: int, left: float, chance: float) -> float | None:
    """Seconds to wait before the next try, or None: give up. Never less than the server asked for; nor than our own
    wait, as a server that is asked by many tells all of them the same short time.

    Args:
        failed: tries that failed so far, at least 1.
        retries: repeats that are allowed.
        left: seconds until the judging's deadline. A wait that would not end before it is not begun.
        chance: 0 to 1, evenly distributed.
    """
    if not failure.passing or failed > retries:
        return None
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** (min(failed, 32) - 1)) * (1 - JITTER * chance)
    if failure.retry_after is not None:
        wait = max(wait, failure.retry_after + chance * min(LONGEST_JITTER, JITTER * failure.retry_after))
    return wait if wait < left else None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that a server asks to wait: ``retry-after-ms``, else ``Retry-After`` as seconds or as a date (RFC 9110,
    section 10.2.3). None where it says nothing that can be read."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = _seconds(headers.get(name, ""), unit)
        if seconds is not None:
            return seconds
    return _until(headers.get("retry-after", ""), now)


def _seconds(text: str, unit: float) -> float | None:
    try:
        seconds = float(text) * unit
    except ValueError:
        return None
    return seconds if isfinite(seconds) and seconds >= 0 else None


def _until(text: str, now: datetime) -> float | None:
    try:
        date = parsedate_to_datetime(text)
        aware = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
