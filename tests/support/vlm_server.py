"""A scripted VLM server: the real OpenAI wire protocol over real HTTP, wrong on demand.

Serves ``/v1/chat/completions`` and ``/v1/models``. Grades follow from the SHA-256 of the first picture (`vlm_grades`),
with noise and in whole numbers where wanted. It answers only what was asked for well: a strict JSON schema, pictures as
PNG data URLs, a nonce. Every call is in its log (`vlm_log`).

Faults (`vlm_faults`) are set for everything or for one picture, by `VlmServer.set`, or mixed by chance, by
`VlmServer.mix`; over HTTP by ``POST /control {"mode": …, "image": …}`` or ``{"mix": {"share": …, "faults": […], "seed":
…}}``; ``GET /control`` tells modes and the number of requests. As a program: ``python -m tests.support.vlm_server``.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Callable, Sequence
from http.server import ThreadingHTTPServer
from typing import Any, Literal, Self

from tests.support.vlm_answers import AnsweringHandler
from tests.support.vlm_faults import FAILING, STATUSES, UNREADABLE, Mix, checked, retry_headers
from tests.support.vlm_grades import GRADES, HIGHEST, Temper, asks_for_a_grade
from tests.support.vlm_log import Call, Log, is_gone
from tests.support.vlm_wire import Request, completion, understand

SLOWEST = 30.0
LOOK_SECONDS = 0.02


class VlmServer:
    """The server, on loopback, in a thread of its own. Use it as a context manager.

    Attributes:
        requests: every well-formed call, oldest first.
        log: every call with its times.
        api_key: what callers must send as bearer token; anything where None.
        models: names that exist; any where None.
        answers_as: the model name in answers; the one asked for where None.
        temper: noise and whole numbers.
        logprobs: what it does when asked for log-probabilities.
        retry_after: seconds, of the modes that say for how long they refuse.
        eyes: reads a picture's text, for a judge that obeys it.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        api_key: str | None = None,
        models: tuple[str, ...] | None = None,
        answers_as: str | None = None,
        temper: Temper | None = None,
        logprobs: Literal["told", "ignored", "refused"] = "told",
    ) -> None:
        self.api_key, self.models, self.answers_as = api_key, models, answers_as
        self.temper, self.logprobs = temper or Temper(), logprobs
        self.requests: list[Request] = []
        self.log = Log()
        self.retry_after = 1.0
        self.eyes: Callable[[bytes], str] | None = None
        self._changed = threading.Condition()
        self._closing = False
        self._modes: dict[str | None, str] = {None: "normal"}
        self._mix = Mix()
        self._given: dict[str | None, dict[str, float]] = {}
        self._texts: dict[str, str] = {}
        self._port = port
        self._http: _Server | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def listen(self) -> None:
        """Take connections, on the same port as before where there was one."""
        self._closing = False
        self._http = _Server(("127.0.0.1", self._port), _Handler)
        self._http.owner = self
        self._port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(LOOK_SECONDS,), daemon=True)
        self._thread.start()

    def hang_up(self) -> None:
        """Stop listening: connections are refused until `listen`. Whoever waits for an answer gets none."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._http is not None and self._thread is not None:
            self._http.shutdown()
            self._http.server_close()
            self._thread.join()
        self._http = self._thread = None

    def set(self, mode: str, image: str | None = None) -> None:
        """Change the mode for every picture, which ends a mix, or for requests whose first picture has this SHA-256."""
        checked([mode])
        with self._changed:
            self._modes = ({} if image is None else self._modes) | {image: mode}
            self._mix = Mix() if image is None else self._mix
            self._changed.notify_all()

    def mix(self, share: float, faults: Sequence[str], seed: int = 0) -> None:
        """Let a share of the calls that would be normal meet one of the faults, by chance (`vlm_faults.Mix`)."""
        self._mix = Mix(share, checked(faults), seed)

    def give(self, image: str | None, **given: float) -> None:
        """Fix some grades of one picture, or, for None, of every picture without fixed ones."""
        self._given[image] = self._given.get(image, {}) | given

    def obey(self, image: str, text: str) -> None:
        """Register a picture's page text: where that asks for a grade, every request with the picture gets 5."""
        self._texts[image] = text

    def grades(self, image: str) -> dict[str, float]:
        """What the server thinks of a picture, without noise and without obeying."""
        return self.temper.seen(image) | self._given.get(None, {}) | self._given.get(image, {})

    def meant(self, request: Request, number: int) -> dict[str, float]:
        """The grades of one answer, before they are rounded to whole ones."""
        if any(self._obeys(*seen) for seen in zip(request.images, request.pictures, strict=True)):
            return dict.fromkeys(GRADES, HIGHEST)
        return self.temper.said(self.grades(request.images[0]), number)

    def mode(self, image: str, number: int = 0) -> str:
        mode = self._modes.get(image, self._modes[None])
        return (self._mix.fault(number) or mode) if mode == "normal" else mode

    def state(self) -> dict[str, Any]:
        modes = {image or "all": mode for image, mode in self._modes.items()}
        return {"modes": modes, "mix": vars(self._mix), "requests": len(self.requests)}

    def wait(self, seconds: float, given_up: Callable[[], bool]) -> bool:
        """Wait, unless the server closes or it is given up; whether the time went by."""
        with self._changed:
            left = seconds
            while left > 0 and not (self._closing or given_up()):
                self._changed.wait(min(left, LOOK_SECONDS))
                left -= LOOK_SECONDS
            return not self._closing and left <= 0

    def _obeys(self, image: str, png: bytes) -> bool:
        text = self._texts.get(image) or (self.eyes(png) if self.eyes else "")
        return asks_for_a_grade(text)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    owner: VlmServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away before its answer is no event."""


class _Handler(AnsweringHandler):
    server: _Server
    _call: Call | None = None

    def wait(self, seconds: float) -> bool:
        return self.server.owner.wait(seconds, lambda: is_gone(self.connection))

    def do_GET(self) -> None:  # noqa: N802 - http.server's name
        owner = self.server.owner
        if self.path == "/v1/models":
            names = owner.models or ("scripted-vlm",)
            self.send_json(200, {"object": "list", "data": [{"id": n, "object": "model", "created": 0} for n in names]})
        elif self.path == "/control":
            self.send_json(200, owner.state())
        else:
            self.send_error_body(404, "no such path", "not_found")

    def do_POST(self) -> None:  # noqa: N802 - http.server's name
        call = self._call = None
        try:
            if self.path == "/v1/chat/completions":
                call = self._call = self.server.owner.log.begin(self.connection)
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if call is not None:
                self._complete(body, call)
            elif self.path == "/control":
                self._control(body)
            else:
                self.send_error_body(404, "no such path", "not_found")
        except (ValueError, KeyError, TypeError) as error:
            self.send_error_body(400, f"bad request: {error!r}", "invalid_request")
        finally:
            if call is not None:
                self.server.owner.log.end(call)

    def answered(self, status: int) -> None:
        # Before the caller can know: its next call must not seem to be beside this one.
        if self._call is not None:
            self.server.owner.log.end(self._call, status)

    def _control(self, body: dict[str, Any]) -> None:
        owner = self.server.owner
        if "mix" in body:
            owner.mix(**body["mix"])
        else:
            owner.set(body["mode"], body.get("image"))
        self.send_json(200, owner.state())

    def _complete(self, body: dict[str, Any], call: Call) -> None:
        owner = self.server.owner
        authorization = self.headers.get("authorization", "")
        if owner.api_key is not None and authorization != f"Bearer {owner.api_key}":
            self.send_error_body(401, f"Incorrect API key provided: {authorization}", "invalid_api_key")
        elif owner.models is not None and body["model"] not in owner.models:
            self.send_error_body(404, f"The model {body['model']} does not exist", "model_not_found")
        elif body.get("logprobs") and owner.logprobs == "refused":
            self.send_error_body(400, "logprobs is not supported by this model", "unsupported_parameter")
        else:
            told = body if owner.logprobs == "told" else body | {"logprobs": False}
            request = understand(told, authorization, lambda image: owner.mode(image, call.number))
            owner.requests.append(request)
            call.mode = request.mode
            self._answer(request, call)

    def _answer(self, request: Request, call: Call) -> None:
        owner, mode = self.server.owner, request.mode
        if self._refuse(request):
            return
        meant = owner.meant(request, call.number)
        answer = completion(request, meant, owner.answers_as or request.model, integer=owner.temper.integer)
        call.tokens = answer["usage"]["total_tokens"]
        match mode:
            case "hang":
                self.wait(SLOWEST)
                self.hang_up()
            case "hung-up":
                self.hang_up()
            case "reset":
                self.send_half(answer)
            case "trickle":
                self.send_slowly(answer)
            case "broken-envelope":
                self.send_json(200, {"object": "something else"})
            case "web-page":
                self.send_page()
            case _:
                if mode == "slow":
                    image = request.images[0]
                    owner.wait(SLOWEST, lambda: is_gone(self.connection) or owner.mode(image, call.number) != "slow")
                self.send_json(200, answer)

    def _refuse(self, request: Request) -> bool:
        """Answer with an error, where the mode is one; whether it is."""
        mode = request.mode
        if mode in STATUSES:
            code = {"no-credit": "insufficient_quota"}.get(mode, mode)
            headers = retry_headers(mode, self.server.owner.retry_after)
            self.send_error_body(STATUSES[mode], "scripted outage", code, headers)
        elif mode == "content-filter":
            message = f"scripted content filter, for {request.authorization}"
            self.send_error_body(400, message, "content_policy_violation")
        elif mode == "one-picture" and len(request.images) > 1:
            self.send_error_body(400, "At most 1 image may be provided in one request.", "BadRequestError")
        else:
            return False
        return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.support.vlm_server", description=__doc__)
    parser.add_argument("--port", type=int, default=9_000)
    parser.add_argument("--noise", type=float, default=0.0, help="standard deviation of a call's error")
    parser.add_argument("--integer", action="store_true", help="grades in whole numbers")
    parser.add_argument("--seed", type=int, default=0, help="of noise and mix")
    parser.add_argument("--mix", type=float, default=0.0, help="share of the calls that meet a fault")
    parser.add_argument("--faults", nargs="*", default=[*FAILING, *UNREADABLE], help="of the mix; all by default")
    given = parser.parse_args()
    with VlmServer(given.port, temper=Temper(given.noise, given.seed, given.integer)) as server:
        server.mix(given.mix, given.faults, given.seed)
        print(server.base_url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
