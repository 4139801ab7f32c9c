"""One launch of a wrapped program: its descriptors on one side, its container on the other."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import threading
import time
from collections import deque

from services.sandbox.accounts import Book
from services.sandbox.docker.held import Held
from services.sandbox.docker.keeper import request
from services.sandbox.docker.results import Marked, Results
from services.sandbox.protocol import KILLED, LimitName, SandboxJob
from services.sandbox.supervise import SAMPLE_SECONDS

_CHUNK = 1 << 18
_MAX_PENDING = 1 << 22
_PIPES = 5
_STDOUT = 1


class Relay:
    """Moves bytes until the program has ended, its launcher is gone, or a limit has ended it.

    Args:
        book: the accounts of the wrapped program.
        descriptors: the launcher's 0 to 2, and 3 and 4 where it has them; these are then the program's 3 and 4, and its
            own standard output is joined to standard error.
        launcher: its end of file is the launcher's death.
    """

    def __init__(self, held: Held, job: SandboxJob, book: Book, descriptors: list[int], launcher: int) -> None:
        mark = secrets.token_hex(16)
        has_pipes = len(descriptors) == _PIPES
        self._held = held
        self._launcher = launcher
        self._source: int | None = descriptors[3 if has_pipes else 0]
        self._sink = Sink(descriptors[4 if has_pipes else 1])
        self._errors = Sink(descriptors[2])
        self._stderr = Marked(mark.encode(), _MAX_PENDING)
        held.link.put(request(job, mark, b"", "pipes" if has_pipes else "standard"))
        self._book = book
        self._charge = book.open(held, held.meter)

    @property
    def _limit_hit(self) -> LimitName | None:
        return self._charge.supervisor.limit_hit

    def to_end(self, stop: threading.Event) -> int:
        """The program's exit code; that of a killed one where it was."""
        try:
            return self._to_end(stop)
        finally:
            self._book.close(self._charge)

    def _to_end(self, stop: threading.Event) -> int:
        next_sample = 0.0
        while not self._held.link.ended and not stop.is_set():
            now = time.monotonic()
            next_sample = min(next_sample, now + self._book.pause)
            if not self._move(next_sample - now):
                return KILLED
            if now >= next_sample and self._limit_hit is None:
                self._book.sample(self._charge)
                self._held.look()
                next_sample = now + self._book.pause
        return self._ending()

    def _ending(self) -> int:
        results = Results(b"", None, 0, 0)
        results.read(self._stderr.after)
        if results.disk_full and self._limit_hit not in ("processes", "output"):
            self._book.name(self._charge, "disk")
        elif self._limit_hit is None and (self._held.meter.killed or self._starved(results)):
            self._book.name(self._charge, "memory")
        self._stderr.end()
        self._errors.take(bytes(self._stderr.before))
        self._sink.flush()
        self._errors.flush()
        return KILLED if results.exit_code is None or self._limit_hit else results.exit_code

    def _starved(self, results: Results) -> bool:
        return results.exit_code is None and self._held.link.ended and self._held.out_of_memory()

    def _move(self, seconds: float) -> bool:
        """Wait until something can be moved, and do so; False where the launcher is gone."""
        link = self._held.link
        poll = select.poll()
        poll.register(self._launcher, select.POLLIN)
        if self._source is not None and link.sent:
            poll.register(self._source, select.POLLIN)
        if self._sink.room and self._errors.room:
            poll.register(link.fileno(), select.POLLIN | (0 if link.sent else select.POLLOUT))
        for sink in (self._sink, self._errors):
            if sink.pending:
                poll.register(sink.descriptor, select.POLLOUT)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, min(seconds, SAMPLE_SECONDS)) * 1_000)}
        self._into(ready)
        self._out_of(ready)
        return self._launcher not in ready

    def _into(self, ready: set[int]) -> None:
        if self._source in ready and self._source is not None:
            chunk = os.read(self._source, _CHUNK)
            if chunk:
                self._held.link.put(chunk)
            else:
                self._source = None
                self._held.link.end_input()

    def _out_of(self, ready: set[int]) -> None:
        if self._held.link.fileno() in ready:
            for stream, piece in self._held.link.move(0.0):
                if stream == _STDOUT:
                    self._sink.take(piece)
                else:
                    self._stderr.take(piece)
            self._errors.take(bytes(self._stderr.before))
            self._stderr.before.clear()
        for sink in (self._sink, self._errors):
            if sink.pending:
                sink.write()


class Sink:
    """A descriptor that is written to as it takes it. What nobody reads any more is dropped."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._pending: deque[memoryview] = deque()
        self._size = 0
        self._is_open = True

    @property
    def pending(self) -> bool:
        return bool(self._pending)

    @property
    def room(self) -> bool:
        return self._size < _MAX_PENDING

    def take(self, piece: bytes) -> None:
        if piece and self._is_open:
            self._pending.append(memoryview(piece))
            self._size += len(piece)

    def write(self, seconds: float = 0.0) -> None:
        """As much as fits without waiting longer than this."""
        poll = select.poll()
        poll.register(self.descriptor, select.POLLOUT)
        try:
            while self._pending and poll.poll(seconds * 1_000):
                # A pipe that is ready takes at least this much at once.
                piece = self._pending[0]
                written = os.write(self.descriptor, piece[: select.PIPE_BUF])
                self._size -= written
                self._pending[0] = piece[written:]
                if written == len(piece):
                    self._pending.popleft()
        except OSError:
            self._is_open = False
            self._pending.clear()
            self._size = 0

    def flush(self) -> None:
        """Write what is left, for as long as somebody reads."""
        with contextlib.suppress(OSError):
            self.write(1.0)
