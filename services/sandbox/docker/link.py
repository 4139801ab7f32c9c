"""The engine's multiplexed stream to one container: standard input in, standard output and error out."""

from __future__ import annotations

import contextlib
import select
import socket

_HEAD = 8
_CHUNK = 1 << 18


class Link:
    """An attached socket. Nothing here blocks but `move`, for as long as it is told."""

    def __init__(self, attached: socket.socket) -> None:
        attached.setblocking(False)
        self._socket = attached
        self._unsent = memoryview(b"")
        self._head = bytearray()
        self._stream = 0
        self._left = 0
        self.ended = False

    @property
    def sent(self) -> bool:
        """Everything put in has left."""
        return not self._unsent

    def fileno(self) -> int:
        return self._socket.fileno()

    def end_input(self) -> None:
        """Nothing more is put in; the program's standard input ends."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def put(self, content: bytes) -> None:
        self._unsent = memoryview(bytes(self._unsent) + content)

    def move(self, seconds: float) -> list[tuple[int, bytes]]:
        """Wait until something can be written or read, and do so; pieces of standard output (1) and error (2)."""
        if self.ended:
            return []
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | (0 if self.sent else select.POLLOUT))
        for _, events in poll.poll(max(0.0, seconds) * 1_000):
            if events & select.POLLOUT:
                self._send()
            if events & ~select.POLLOUT:
                return self._receive()
        return []

    def is_alive(self) -> bool:
        """Whether a container that was told nothing still listens: it says nothing by itself."""
        return not self.ended and not select.select([self._socket], [], [], 0)[0]

    def close(self) -> None:
        self.ended = True
        self._socket.close()

    def _send(self) -> None:
        with contextlib.suppress(BlockingIOError):
            try:
                self._unsent = self._unsent[self._socket.send(self._unsent[:_CHUNK]) :]
            except (BrokenPipeError, ConnectionResetError):
                self._unsent = memoryview(b"")

    def _receive(self) -> list[tuple[int, bytes]]:
        try:
            chunk = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return []
        except ConnectionResetError:
            chunk = b""
        self.ended = not chunk
        return self._pieces(memoryview(chunk))

    def _pieces(self, chunk: memoryview) -> list[tuple[int, bytes]]:
        """Each piece goes behind a head of eight bytes: the stream, three of nothing, the length."""
        pieces = []
        while chunk:
            if not self._left:
                missing = _HEAD - len(self._head)
                self._head += chunk[:missing]
                chunk = chunk[missing:]
                if len(self._head) == _HEAD:
                    self._stream, self._left = self._head[0], int.from_bytes(self._head[4:], "big")
                    self._head.clear()
                continue
            piece = bytes(chunk[: self._left])
            pieces.append((self._stream, piece))
            chunk = chunk[len(piece) :]
            self._left -= len(piece)
        return pieces
