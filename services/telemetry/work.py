"""What is counted about the work inside a stage: the calls, beside the metrics' definitions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from services.stages import Stage
from services.telemetry.metrics import (
    BLOB_BYTES,
    BLOBS,
    BREAKER,
    BREAKER_CHANGES,
    BROWSER_STARTS,
    BUILDS,
    INSTALL_SECONDS,
    INSTALLED_BYTES,
    SANDBOX_KILLS,
    SET_LOOKUPS,
    SETS,
    SETS_BYTES,
    SETS_REMOVED,
)

Way = Literal["written", "read"]
Looked = Literal["hit", "installed", "unpacked", "failed"]
Built = Literal["passed", "failed", "declined"]
WhyStarted = Literal["first", "spent", "unsound", "unfit", "asked", "single"]
"""Why a browser is started: see `services.telemetry.metrics.BROWSER_STARTS`."""

_LIMITS = ("cpu", "wall", "memory", "processes", "disk", "output")


def work_introduced(stages: Collection[Stage]) -> None:
    """Begin the counters of the work of these stages at 0: what begins at 1 has no rate."""
    for way in get_args(Way):
        BLOBS.labels(way)
        BLOB_BYTES.labels(way)
    if Stage.RESOLVE in stages:
        _sets_introduced()
    if Stage.BUILD in stages:
        for lane in ("scaffold", "project"):
            for outcome in get_args(Built):
                BUILDS.labels(lane, outcome)
    if Stage.RENDER in stages:
        for reason in get_args(WhyStarted):
            BROWSER_STARTS.labels(reason)
    if {Stage.LINT, Stage.BUILD, Stage.RENDER} & set(stages):
        for limit in _LIMITS:
            SANDBOX_KILLS.labels(limit, "sampled")


def _sets_introduced() -> None:
    for outcome in get_args(Looked):
        SET_LOOKUPS.labels(outcome)
    for made in ("installed", "failed"):
        INSTALL_SECONDS.labels(made)
    for added in ("installed", "unpacked"):
        INSTALLED_BYTES.labels(added)
    for why in ("room", "damaged"):
        SETS_REMOVED.labels(why)


def blob_moved(way: Way, size: int) -> None:
    BLOBS.labels(way).inc()
    BLOB_BYTES.labels(way).inc(size)


def limit_met(limit: str | None, mechanism: str) -> None:
    """Count a program that a limit ended; nothing where none did."""
    if limit is not None:
        SANDBOX_KILLS.labels(limit, mechanism).inc()


def set_looked_up(outcome: Looked) -> None:
    SET_LOOKUPS.labels(outcome).inc()


def set_made(outcome: Literal["installed", "failed"], seconds: float) -> None:
    """Count an installation, also one that came to nothing through the candidate's fault."""
    INSTALL_SECONDS.labels(outcome).observe(seconds)


def set_added(outcome: Literal["installed", "unpacked"], size: int) -> None:
    """Count the bytes of disk that a new set takes."""
    INSTALLED_BYTES.labels(outcome).inc(size)


def set_removed(why: Literal["room", "damaged"]) -> None:
    SETS_REMOVED.labels(why).inc()


def sets_held(kind: Literal["kept", "passing"], number: int, size: int) -> None:
    SETS.labels(kind).set(number)
    SETS_BYTES.labels(kind).set(size)


def built(lane: str, outcome: Built) -> None:
    BUILDS.labels(lane, outcome).inc()


def browser_started(reason: WhyStarted) -> None:
    BROWSER_STARTS.labels(reason).inc()


def breaker_met(*, is_open: bool) -> None:
    """Note in which state a call of the VLM judge met the circuit."""
    BREAKER.labels("vlm").set(float(is_open))


def breaker_introduced() -> None:
    """Begin with a circuit that is closed."""
    breaker_met(is_open=False)
    for to in ("open", "closed"):
        BREAKER_CHANGES.labels("vlm", to)


def breaker_changed(to: Literal["open", "closed"]) -> None:
    BREAKER_CHANGES.labels("vlm", to).inc()
    breaker_met(is_open=to == "open")
