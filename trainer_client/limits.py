"""Value objects of time and size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

SCORE_SECONDS = 900.0
"""Below a trainer's own patience: other ranks wait in a collective for 1,800 s before they give up."""


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """How much at once, and how patiently.

    Attributes:
        connections: open at a time, of one client; calls beyond it wait for one.
        idle_seconds: that an unused connection is kept.
        chunk_rollouts, chunk_bytes: most rollouts and most body bytes of one submission. A service that takes less is
            sent less.
        query_ids: most evaluations that are asked for in one query.
        connect_seconds: for one connection attempt.
        answer_seconds: for one whole answer, on top of what the service was asked to wait.
        poll_seconds: what the service is asked to wait in one query; at most 50.
        progress_seconds: the same where somebody watches the progress.
        first_delay, max_delay: seconds between two tries; doubled each time, with jitter. A ``Retry-After`` counts
            as the least.
        fault_tries: tries in total of a single call, such as `get`, that is answered with another 5xx than 502, 503
            and 504. `score`, `submit`, `wait` and `iter_results` try until their deadline.
    """

    connections: int = 64
    idle_seconds: float = 4.0
    chunk_rollouts: int = 128
    chunk_bytes: int = 4_000_000
    query_ids: int = 128
    connect_seconds: float = 10.0
    answer_seconds: float = 60.0
    poll_seconds: float = 20.0
    progress_seconds: float = 1.0
    first_delay: float = 0.5
    max_delay: float = 15.0
    fault_tries: int = 3


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time by a monotonic clock."""

    at: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        return cls(clock() + seconds, clock)

    @property
    def remaining(self) -> float:
        """Seconds left; 0 when it has passed."""
        return max(0.0, self.at - self.clock())

    def sooner(self, seconds: float) -> Deadline:
        return Deadline(self.at - seconds, self.clock)
