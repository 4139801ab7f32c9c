"""A scripted VLM server: the real OpenAI wire protocol over real HTTP, wrong on demand.

Serves ``/v1/chat/completions`` and ``/v1/models``. Grades follow from the SHA-256 of the first picture (`grades`).
It answers only what was asked for well: a strict JSON schema, pictures as PNG data URLs, a nonce.

Faults are set for everything or for one picture, by `VlmServer.set` or ``POST /control {"mode": …, "image": …}``;
``GET /control`` tells modes and the number of requests. As a program: ``python vlm_server.py --port 9000``.
"""

from __future__ import annotations

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from vlm_wire import MODES, Request, completion, grades, understand

SLOWEST = 30.0


class VlmServer:
    """The server, on loopback, in a thread of its own. Use it as a context manager.

    Attributes:
        requests: every well-formed call, oldest first.
        api_key: what callers must send as bearer token; anything where None.
        models: names that exist; any where None.
        answers_as: the model name in answers; the one asked for where None.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        api_key: str | None = None,
        models: tuple[str, ...] | None = None,
        answers_as: str | None = None,
    ) -> None:
        self.api_key, self.models, self.answers_as = api_key, models, answers_as
        self.requests: list[Request] = []
        self._changed = threading.Condition()
        self._modes: dict[str | None, str] = {None: "normal"}
        self._given: dict[str, dict[str, float]] = {}
        self._port = port
        self._http: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.set("normal")
        self.hang_up()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def listen(self) -> None:
        """Take connections, on the same port as before where there was one."""
        self._http = _Server(("127.0.0.1", self._port), _Handler)
        self._http.owner = self
        self._port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def hang_up(self) -> None:
        """Stop listening: connections are refused until `listen`."""
        if self._http is not None and self._thread is not None:
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()
        self._http = self._thread = None

    def set(self, mode: str, image: str | None = None) -> None:
        """Change the mode for every picture, or for requests whose first picture has this SHA-256."""
        if mode not in MODES:
            raise ValueError(f"no such mode: {mode}; there are {', '.join(MODES)}")
        with self._changed:
            self._modes = ({} if image is None else self._modes) | {image: mode}
            self._changed.notify_all()

    def give(self, image: str, **given: float) -> None:
        """Fix some grades of one picture."""
        self._given[image] = self._given.get(image, {}) | given

    def grades(self, image: str) -> dict[str, float]:
        return grades(image) | self._given.get(image, {})

    def mode(self, image: str) -> str:
        return self._modes.get(image, self._modes[None])

    def state(self) -> dict[str, Any]:
        modes = {image or "all": mode for image, mode in self._modes.items()}
        return {"modes": modes, "requests": len(self.requests)}

    def wait_while_slow(self, image: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self.mode(image) != "slow", timeout=SLOWEST)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: VlmServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away before its answer is no event."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: `VlmServer.requests` is the log."""

    def do_GET(self) -> None:
        owner = self.server.owner
        if self.path == "/v1/models":
            names = owner.models or ("scripted-vlm",)
            self._send(200, {"object": "list", "data": [{"id": n, "object": "model", "created": 0} for n in names]})
        elif self.path == "/control":
            self._send(200, owner.state())
        else:
            self._error(404, "no such path", "not_found")

    def do_POST(self) -> None:
        try:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if self.path == "/control":
                self.server.owner.set(body["mode"], body.get("image"))
                self._send(200, self.server.owner.state())
            elif self.path == "/v1/chat/completions":
                self._complete(body)
            else:
                self._error(404, "no such path", "not_found")
        except (ValueError, KeyError, TypeError) as error:
            self._error(400, f"bad request: {error!r}", "invalid_request")

    def _complete(self, body: dict[str, Any]) -> None:
        owner = self.server.owner
        authorization = self.headers.get("authorization", "")
        if owner.api_key is not None and authorization != f"Bearer {owner.api_key}":
            self._error(401, f"Incorrect API key provided: {authorization}", "invalid_api_key")
            return
        if owner.models is not None and body["model"] not in owner.models:
            self._error(404, f"The model {body['model']} does not exist", "model_not_found")
            return
        request = understand(body, authorization, owner.mode)
        owner.requests.append(request)
        if request.mode == "slow":
            owner.wait_while_slow(request.images[0])
        self._answer(request)

    def _answer(self, request: Request) -> None:
        match request.mode:
            case "down":
                self._error(500, "scripted outage", "server_error")
            case "rate-limited":
                self._error(429, "scripted rate limit", "rate_limit_exceeded", {"retry-after-ms": "10"})
            case "content-filter":
                self._error(400, f"scripted content filter, for {request.authorization}", "content_policy_violation")
            case "one-picture" if len(request.images) > 1:
                self._error(400, "At most 1 image may be provided in one request.", "BadRequestError")
            case "broken-envelope":
                self._send(200, {"object": "something else"})
            case _:
                owner = self.server.owner
                given = owner.grades(request.images[0])
                self._send(200, completion(request, given, owner.answers_as or request.model))

    def _error(self, status: int, message: str, code: str, headers: dict[str, str] | None = None) -> None:
        error = {"message": message, "type": "scripted", "param": None, "code": code}
        self._send(status, {"error": error}, headers)

    def _send(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9_000)
    with VlmServer(parser.parse_args().port) as server:
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
