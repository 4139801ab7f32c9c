"""When a browser has served long enough, and when its word is not taken. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from render_worker.verdict import End

REST_BYTES = 400_000_000
"""Of memory that a browser may still use when no page is open; a new one uses about a quarter of it."""

HEAVY_BYTES = 800_000_000
HEAVY_CPU_SECONDS = 25.0
"""A job that used more leaves a browser that is not asked again."""

IDLE_CPU_SECONDS = 1.0
IDLE_SHARE = 0.05
"""CPU time at rest, and its share of that rest, from which somebody is still at work in a browser."""


@dataclass(frozen=True, slots=True)
class Served:
    """One job of a browser, seen at its end.

    Attributes:
        sound: it went as planned, and every context, page and worker of it is gone.
        jobs: that the browser has served until now, this one included.
    """

    sound: bool
    jobs: int
    cpu_seconds: float
    peak_memory_bytes: int


@dataclass(frozen=True, slots=True)
class Rested:
    """A browser since its last job."""

    seconds: float
    cpu_seconds: float
    memory_bytes: int


def may_stay(served: Served, most_jobs: int) -> bool:
    """Whether the browser may be asked again."""
    is_light = served.cpu_seconds <= HEAVY_CPU_SECONDS and served.peak_memory_bytes <= HEAVY_BYTES
    return served.sound and is_light and served.jobs < most_jobs


def may_serve(rested: Rested) -> bool:
    """Whether a browser that was left at rest is asked again after all."""
    is_idle = rested.cpu_seconds <= max(IDLE_CPU_SECONDS, IDLE_SHARE * rested.seconds)
    return is_idle and rested.memory_bytes <= REST_BYTES


def deserves_another(end: End, *, frame_lost: bool, hung: bool, fresh: bool) -> bool:
    """Whether a visit that ended so is made once more in a new browser before anyone is blamed.

    Browsers die and fail to draw now and then of themselves; and what a used one did may come of its past.
    """
    if end is End.DONE or hung:
        return False
    return frame_lost or end is End.DIED or (not fresh and end not in (End.CPU, End.WALL))


def is_suspicious(end: End) -> bool:
    """Whether only a control page can tell our own fault from the candidate's."""
    return end in (End.DIED, End.CRASHED)
