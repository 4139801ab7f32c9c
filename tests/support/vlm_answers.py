"""How the scripted VLM server puts an answer on the wire: whole, late, cut off or not at all."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
BYTES_A_SECOND = 20


class AnsweringHandler(BaseHTTPRequestHandler):
    """Attributes:
    wait: waits so many seconds, or less when the server closes or the caller goes away; whether to go on.
    answered: told the status right before the rest of an answer is written.
    """

    protocol_version = "HTTP/1.1"
    wait: Callable[[float], bool]
    answered: Callable[[int], None]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: `VlmServer.log` is the log."""

    def send_json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), {"content-type": "application/json", **(headers or {})})

    def send_error_body(self, status: int, message: str, code: str, headers: dict[str, str] | None = None) -> None:
        error = {"message": message, "type": "scripted", "param": None, "code": code}
        self.send_json(status, {"error": error}, headers)

    def send_page(self) -> None:
        self._send(200, b"<!doctype html><title>Welcome</title>", {"content-type": "text/html"})

    def send_slowly(self, body: dict[str, Any]) -> None:
        """The head at once, then byte by byte."""
        data = json.dumps(body).encode()
        self._head(200, len(data), {"content-type": "application/json"})
        for byte in data:
            if not self.wait(1 / BYTES_A_SECOND):
                return self.hang_up()
            self.wfile.write(bytes([byte]))
        return None

    def send_half(self, body: dict[str, Any]) -> None:
        """Half of the answer, then a reset."""
        data = json.dumps(body).encode()
        self._head(200, len(data), {"content-type": "application/json"})
        self.wfile.write(data[: len(data) // 2])
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.hang_up()

    def hang_up(self) -> None:
        self.close_connection = True

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self._head(status, len(data), headers)
        self.answered(status)
        self.wfile.write(data)

    def _head(self, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(length))
        self.end_headers()
