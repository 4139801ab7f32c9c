"""Watching one sandbox's run: output pumped, usage sampled, the limit that ends it named."""

from __future__ import annotations

import os
import select
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from services.sandbox.cage import Cage
from services.sandbox.protocol import LimitName, Limits
from services.sandbox.usage import Usage, exceeded

MECHANISM = "sampled"
SAMPLE_SECONDS = 0.025
_CHUNK = 65_536


class Killable(Protocol):
    """A running sandbox."""

    def kill(self) -> None:
        """End everything in it; nothing happens where it has ended."""
        ...


class Metered(Protocol):
    """What a running sandbox uses."""

    @property
    def cpu_seconds(self) -> float: ...

    @property
    def peak_memory_bytes(self) -> int: ...

    def begin(self) -> float:
        """Forget the peak of memory; CPU seconds used until now."""
        ...

    def read(self) -> Usage: ...

    def disk_full(self) -> bool: ...


class Supervisor:
    """Samples a sandbox from its making on, and kills it at its first exceeded limit."""

    def __init__(self, cage: Killable, limits: Limits, meter: Metered) -> None:
        self._cage = cage
        self._limits = limits
        self._meter = meter
        self._cpu_before = meter.begin()
        self._started = time.monotonic()
        self.limit_hit: LimitName | None = None

    @property
    def wall_seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def cpu_seconds(self) -> float:
        return self._meter.cpu_seconds - self._cpu_before

    @property
    def peak_memory_bytes(self) -> int:
        return self._meter.peak_memory_bytes

    def sample(self) -> None:
        usage = self._meter.read()
        own = replace(usage, cpu_seconds=usage.cpu_seconds - self._cpu_before)
        if limit := exceeded(own, self._limits, self.wall_seconds):
            self.end(limit)

    def close(self) -> None:
        """Last look, after every process is dead: a full disk that no sample met is named all the same."""
        if self._meter.disk_full():
            self.end("disk")

    def end(self, limit: LimitName) -> None:
        """Kill everything in the sandbox; the first limit named stays."""
        self.limit_hit = self.limit_hit or limit
        self._cage.kill()


@dataclass(slots=True)
class Output:
    """Standard output and error of one run, bounded together."""

    limit: int
    chunks: dict[int, bytearray] = field(default_factory=dict)
    overflow: bool = False

    def take(self, descriptor: int, chunk: bytes) -> None:
        room = self.limit - sum(map(len, self.chunks.values()))
        self.chunks.setdefault(descriptor, bytearray()).extend(chunk[:room])
        self.overflow = self.overflow or len(chunk) > room

    def of(self, descriptor: int) -> bytes:
        return bytes(self.chunks.get(descriptor, b""))


def watch(supervisor: Supervisor, cage: Cage, streams: tuple[int, int], output_bytes: int) -> Output:
    """Pump output and sample until the sandbox is dead and its output is read."""
    output = Output(output_bytes)
    poll = select.poll()
    for descriptor in (*streams, cage.init):
        poll.register(descriptor, select.POLLIN)
    next_sample, open_streams, is_alive = 0.0, set(streams), True
    while is_alive or open_streams:
        wait = max(0.0, next_sample - time.monotonic()) if is_alive else None
        for descriptor, _ in poll.poll(None if wait is None else wait * 1_000):
            if descriptor == cage.init:
                is_alive = False
                poll.unregister(descriptor)
            elif not _pump(descriptor, output):
                open_streams.discard(descriptor)
                poll.unregister(descriptor)
        if output.overflow:
            supervisor.end("output")
        if is_alive and time.monotonic() >= next_sample:
            supervisor.sample()
            next_sample = time.monotonic() + SAMPLE_SECONDS
    return output


def _pump(descriptor: int, output: Output) -> bool:
    chunk = os.read(descriptor, _CHUNK)
    output.take(descriptor, chunk)
    return bool(chunk)
