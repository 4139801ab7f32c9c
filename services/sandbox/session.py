"""A program that stays in its bubblewrap sandbox: requests in, replies out, each watched as a job of its own."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Iterator

from services.errors import SandboxError
from services.sandbox.cage import Cage
from services.sandbox.framing import FrameReader, frame
from services.sandbox.launch import Launch
from services.sandbox.protocol import Answer, Limits
from services.sandbox.supervise import MECHANISM, SAMPLE_SECONDS, Supervisor
from services.sandbox.usage import Meter
from services.telemetry.work import limit_met

_CHUNK = 1 << 20


class CageSession:
    """One program behind a `Launch` that has a pipe for its standard input."""

    def __init__(self, launch: Launch, cage: Cage) -> None:
        self._launch = launch
        self._cage = cage
        self._meter = Meter(cage.proc, cage.folders)
        self._sound = True

    @property
    def usable(self) -> bool:
        return self._sound and not self._cage.is_dead()

    def ask(self, request: bytes, limits: Limits) -> Answer:
        if not self.usable:
            raise SandboxError("a session that has ended was asked")
        supervisor = Supervisor(self._cage, limits, self._meter)
        exchange = _Exchange(self._launch, request, limits)
        try:
            exchange.run(supervisor)
            supervisor.sample()
        except BaseException:
            self._sound = False
            raise
        self._sound = exchange.reply is not None and supervisor.limit_hit is None
        limit_met(supervisor.limit_hit, MECHANISM)
        return Answer(
            reply=exchange.reply if self._sound else None,
            limit_hit=supervisor.limit_hit,
            mechanism=MECHANISM,
            stderr=bytes(exchange.errors),
            wall_seconds=supervisor.wall_seconds,
            cpu_seconds=supervisor.cpu_seconds,
            peak_memory_bytes=supervisor.peak_memory_bytes,
        )


class _Exchange:
    """One request on its way in and its reply on its way out."""

    def __init__(self, launch: Launch, request: bytes, limits: Limits) -> None:
        self._stdin, self._stdout, self._stderr = launch.stdin, launch.stdout, launch.stderr
        self._unsent = memoryview(frame(request))
        self._reader = FrameReader(limits.disk_bytes)
        self._room = limits.output_bytes
        self._ended = False
        self.errors = bytearray()

    @property
    def reply(self) -> bytes | None:
        return None if self._unsent else self._reader.payload

    def run(self, supervisor: Supervisor) -> None:
        """Until the reply is whole, the program has ended, or a limit has ended it. What it said unasked is no
        reply."""
        if self._spoke_unasked():
            supervisor.end("output")
        next_sample = 0.0
        while self.reply is None and not self._ended and supervisor.limit_hit is None:
            self._move(max(0.0, next_sample - time.monotonic()))
            if self._reader.refused or self._room < 0:
                supervisor.end("output")
            elif time.monotonic() >= next_sample:
                supervisor.sample()
                next_sample = time.monotonic() + SAMPLE_SECONDS
        self._move(0.0)

    def _spoke_unasked(self) -> bool:
        if not select.select([self._stdout], [], [], 0)[0]:
            return False
        chunk = os.read(self._stdout, _CHUNK)
        self._ended = not chunk
        return not self._ended

    def _move(self, seconds: float) -> None:
        """Wait until something can be written or read, and do so."""
        poll = select.poll()
        poll.register(self._stdout, select.POLLIN)
        poll.register(self._stderr, select.POLLIN)
        if self._unsent:
            poll.register(self._stdin, select.POLLOUT)
        for descriptor, _ in poll.poll(seconds * 1_000):
            if descriptor == self._stdin:
                self._send()
            else:
                self._receive(descriptor)

    def _send(self) -> None:
        try:
            self._unsent = self._unsent[os.write(self._stdin, self._unsent[:_CHUNK]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._ended = True

    def _receive(self, descriptor: int) -> None:
        chunk = os.read(descriptor, _CHUNK)
        if descriptor == self._stdout:
            self._reader.take(chunk)
            self._ended = self._ended or not chunk
        else:
            self.errors += chunk[: max(0, self._room)]
            self._room -= len(chunk)


@contextlib.contextmanager
def seated(launch: Launch, cage: Cage) -> Iterator[CageSession]:
    """A session for as long as the context lasts; afterwards its program is dead."""
    launch.go()
    try:
        yield CageSession(launch, cage)
    finally:
        cage.kill()
        cage.wait_dead()
