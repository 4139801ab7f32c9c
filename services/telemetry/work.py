"""What is counted about the work inside a stage: the calls, beside the metrics' definitions."""

from __future__ import annotations

from typing import Literal

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


def blob_moved(way: Literal["written", "read"], size: int) -> None:
    BLOBS.labels(way).inc()
    BLOB_BYTES.labels(way).inc(size)


def limit_met(limit: str | None, mechanism: str) -> None:
    """Count a program that a limit ended; nothing where none did."""
    if limit is not None:
        SANDBOX_KILLS.labels(limit, mechanism).inc()


def set_looked_up(outcome: Literal["hit", "installed", "unpacked", "failed"]) -> None:
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


def built(lane: str, outcome: Literal["passed", "failed", "declined"]) -> None:
    BUILDS.labels(lane, outcome).inc()


def browser_started(reason: str) -> None:
    BROWSER_STARTS.labels(reason).inc()


def breaker_met(*, is_open: bool) -> None:
    """Note in which state a call of the VLM judge met the circuit."""
    BREAKER.labels("vlm").set(float(is_open))


def breaker_changed(to: Literal["open", "closed"]) -> None:
    BREAKER_CHANGES.labels("vlm", to).inc()
    breaker_met(is_open=to == "open")
