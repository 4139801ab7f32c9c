"""A program that stays in its container: requests in, replies out, each watched as a job of its own."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass

from services.errors import SandboxError
from services.sandbox.docker.held import END_SECONDS, Held
from services.sandbox.docker.keeper import request
from services.sandbox.docker.results import Marked, Results
from services.sandbox.docker.running import MECHANISM
from services.sandbox.framing import FrameReader, frame
from services.sandbox.protocol import Answer, LimitName, Limits, SandboxJob
from services.sandbox.supervise import SAMPLE_SECONDS, Supervisor
from services.telemetry.work import limit_met

_STDOUT = 1


class Seated:
    """A session with the program of one job."""

    def __init__(self, held: Held, job: SandboxJob) -> None:
        self._held = held
        self._mark = secrets.token_hex(16).encode()
        self._stderr = Marked(self._mark, 0)
        self._sound = True
        held.link.put(request(job, self._mark.decode(), b"", "standard"))

    @property
    def usable(self) -> bool:
        return self._sound and not self._held.link.ended

    def ask(self, request_: bytes, limits: Limits) -> Answer:
        if not self.usable:
            raise SandboxError("a session that has ended was asked")
        self._sound = False
        self._held.allow_memory(limits.memory_bytes)
        supervisor = Supervisor(self._held, limits, self._held.meter)
        self._stderr = Marked(self._mark, limits.output_bytes)
        exchange = _Exchange(self._held, self._stderr, FrameReader(limits.disk_bytes), limits)
        exchange.run(frame(request_), supervisor)
        limit = exchange.limit(supervisor)
        limit_met(limit, MECHANISM)
        self._sound = exchange.reply is not None and limit is None and not self._stderr.found
        return Answer(
            reply=exchange.reply if limit is None else None,
            limit_hit=limit,
            mechanism=MECHANISM,
            stderr=bytes(self._stderr.before),
            wall_seconds=supervisor.wall_seconds,
            cpu_seconds=supervisor.cpu_seconds,
            peak_memory_bytes=supervisor.peak_memory_bytes,
        )


@dataclass(slots=True)
class _Exchange:
    """One request on its way in and its reply on its way out."""

    held: Held
    stderr: Marked
    reader: FrameReader
    limits: Limits

    @property
    def reply(self) -> bytes | None:
        return self.reader.payload if self.held.link.sent else None

    def run(self, request_: bytes, supervisor: Supervisor) -> None:
        """Until the reply is whole, the program has ended, or a limit has ended it. What it said unasked is no
        reply."""
        if any(stream == _STDOUT for stream, _ in self._move(0.0)):
            supervisor.end("output")
        self.held.link.put(request_)
        next_sample = 0.0
        while self.reply is None and self._is_on() and supervisor.limit_hit is None:
            now = time.monotonic()
            self._move(next_sample - now)
            if self.stderr.count > self.limits.output_bytes or self.reader.refused:
                supervisor.end("output")
            elif now >= next_sample:
                supervisor.sample()
                self.held.look()
                next_sample = now + SAMPLE_SECONDS
        if self.reply is None:
            self._hear_end()
        else:
            self._move(0.0)
            self.stderr.end()
            supervisor.sample()

    def limit(self, supervisor: Supervisor) -> LimitName | None:
        """As a job's: a full disk first, and what the kernel did when the program had ended."""
        results = Results(b"", None, 0, 0)
        results.read(self.stderr.after)
        limit = supervisor.limit_hit
        if results.disk_full and limit not in ("processes", "output"):
            return "disk"
        if limit is None and self.reply is None and self._starved():
            return "memory"
        return limit

    def _starved(self) -> bool:
        self.held.meter.read()
        return self.held.meter.killed or (self.held.link.ended and self.held.out_of_memory())

    def _is_on(self) -> bool:
        return not self.stderr.found and not self.held.link.ended

    def _hear_end(self) -> None:
        """What the keeper says of the end, and what was still on its way."""
        deadline = time.monotonic() + END_SECONDS
        while not self.held.link.ended and time.monotonic() < deadline:
            self._move(SAMPLE_SECONDS)

    def _move(self, seconds: float) -> list[tuple[int, bytes]]:
        pieces = self.held.link.move(seconds)
        for stream, piece in pieces:
            if stream == _STDOUT:
                self.reader.take(piece)
            else:
                self.stderr.take(piece)
        return pieces
