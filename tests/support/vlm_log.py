"""The scripted VLM server's own log: what arrived when, and how much at once. For assertions on limits."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field


@dataclass
class Call:
    """One call as the server saw it. Times are of the monotonic clock, in seconds.

    Attributes:
        number: 0 for the first.
        at_once: calls under way when it arrived, itself included.
        mode: how it was answered; empty until that is known, and where it was not understood.
        status: of the answer; None where it was not sent whole.
        ended: when the answer was written, or given up.
        tokens: in and out, of the answer that was begun or would have been.
    """

    number: int
    arrived: float
    at_once: int = 1
    mode: str = ""
    status: int | None = None
    ended: float | None = None
    tokens: int = 0
    _connection: socket.socket | None = field(default=None, repr=False)


class Log:
    """Every call, oldest first, in `calls`."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._open: list[Call] = []
        self._lock = threading.Lock()

    def begin(self, connection: socket.socket) -> Call:
        """A call arrived. Callers that went away before are not under way any more, noticed or not."""
        with self._lock:
            self._open = [call for call in self._open if not is_gone(call._connection)]
            call = Call(len(self.calls), time.monotonic(), len(self._open) + 1, _connection=connection)
            self._open.append(call)
            self.calls.append(call)
            return call

    def end(self, call: Call, status: int | None = None) -> None:
        """Only the first end of a call counts."""
        with self._lock:
            if call.ended is None:
                call.ended, call.status, call._connection = time.monotonic(), status, None
            if call in self._open:
                self._open.remove(call)

    def most_at_once(self) -> int:
        return max((call.at_once for call in self.calls), default=0)

    def most_in(self, window: float) -> int:
        """Calls that arrived within any so many seconds, at most."""
        return _most([(call.arrived, 1) for call in self.calls], window)

    def most_tokens_in(self, window: float) -> int:
        """Tokens of the calls that arrived within any so many seconds, at most."""
        return _most([(call.arrived, call.tokens) for call in self.calls], window)


def is_gone(connection: socket.socket | None) -> bool:
    """Whether the other side has closed a connection on which it has nothing more to say."""
    if connection is None:
        return True
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _most(weighed: list[tuple[float, int]], window: float) -> int:
    """The greatest sum within any window: one begins at each arrival."""
    ordered = sorted(weighed)
    most = total = last = 0
    for start, weight in ordered:
        while last < len(ordered) and ordered[last][0] < start + window:
            total += ordered[last][1]
            last += 1
        most = max(most, total)
        total -= weight
    return most
