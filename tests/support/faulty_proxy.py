"""Something between client and gateway that spoils what passes it, on loopback."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

Spoil = Callable[["Passage"], None]
LIMIT_SECONDS = 120
"""No passage is kept open for longer, should a test fail to end it."""


class Passage(BaseHTTPRequestHandler):
    """One connection with one request: what the gateway answered, and how it is handed on."""

    server: FaultyProxy
    answered: httpx.Response

    def do_POST(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        spoil = self.server.next_spoil()
        self.server.seen.append((self.command, self.path, len(body)))
        with httpx.Client(base_url=self.server.target, trust_env=False, timeout=LIMIT_SECONDS) as gateway:
            headers = {"Content-Type": "application/json"} if body else {}
            self.answered = gateway.request(self.command, self.path, content=body or None, headers=headers)
        with contextlib.suppress(OSError):  # the client may have given up
            spoil(self)

    do_GET = do_DELETE = do_POST  # noqa: N815

    def hand_on(self, *, status: int | None = None, content: bytes | None = None, whole: bool = True) -> None:
        sent = self.answered.content if content is None else content
        self.send_response(self.answered.status_code if status is None else status)
        for name in ("Content-Type", "Retry-After"):
            if content is None and name in self.answered.headers:
                self.send_header(name, self.answered.headers[name])
        self.send_header("Content-Length", str(len(sent)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(sent if whole else sent[: len(sent) // 2])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class FaultyProxy(ThreadingHTTPServer):
    """``spoils`` are taken one a request; when there are none left, ``otherwise`` is."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), Passage)
        self.target = target
        self.spoils: deque[Spoil] = deque()
        self.otherwise: Spoil = honest
        self.over = threading.Event()
        self.seen: list[tuple[str, str, int]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def next_spoil(self) -> Spoil:
        with contextlib.suppress(IndexError):
            return self.spoils.popleft()
        return self.otherwise

    def handle_error(self, *_: object) -> None:
        """The client, or the gateway, hung up: what it is about."""


def honest(passage: Passage) -> None:
    passage.hand_on()


def reset(passage: Passage) -> None:
    """The work is done, and the connection is torn down before the answer."""
    passage.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    passage.connection.close()


def hang_up(passage: Passage) -> None:
    """An orderly end of the connection, without an answer."""


def cut(passage: Passage) -> None:
    """Half an answer."""
    passage.hand_on(whole=False)


def silent(passage: Passage) -> None:
    """No answer, and no end."""
    passage.server.over.wait(LIMIT_SECONDS)


def drip(passage: Passage) -> None:
    """An answer that never ends: a byte now and then, so that no reading of the socket takes long."""
    passage.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not passage.server.over.wait(0.02):
        passage.wfile.write(b" ")


def babble(passage: Passage) -> None:
    """No HTTP at all."""
    passage.wfile.write(b"\x16\x03\x01 who goes there\r\n\r\n")


def instead(status: int, content: bytes = b"<html>maintenance</html>") -> Spoil:
    """A proxy's own page."""
    return lambda passage: passage.hand_on(status=status, content=content)


@contextlib.contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    with FaultyProxy(target) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield proxy
        finally:
            proxy.over.set()
            proxy.shutdown()
            thread.join()
