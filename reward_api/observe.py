"""Around every request: its id, its log line, its metrics, the headers of every answer, and the last net for errors."""

from __future__ import annotations

import time

import structlog
from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reward_api.problems import internal_problem, route_of
from services.telemetry import traces
from services.telemetry.metrics import HTTP_REQUESTS, HTTP_SECONDS
from services.telemetry.request_ids import HEADER, request_id

STRICT_POLICY = "default-src 'none'; sandbox"
"""Content-security policy of every answer that names none of its own: data, never a page."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.stdlib.get_logger(__name__)


class Observed:
    """ASGI middleware; the outermost of all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        identifier = request_id(headers.get(HEADER))
        scope.setdefault("state", {})["request_id"] = identifier
        of_trace = traces.span("request", headers.get(traces.HEADER), served=True)
        with of_trace, structlog.contextvars.bound_contextvars(request_id=identifier):
            await _Exchange(scope, receive, send).answer(self._app)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._status = 0
        self._started = time.perf_counter()

    async def answer(self, app: ASGIApp) -> None:
        try:
            await app(self._scope, self._receive, self._record)
        except ClientDisconnect:
            log.info("the client went away before its request was read")
        except Exception as error:  # whatever nobody expected is a defect of ours and must not kill the connection
            log.error("a request met a defect", exc_info=error)
            if not self._status:
                request = Request(self._scope, self._receive)
                await internal_problem(request)(self._scope, self._receive, self._record)
        finally:
            self._count()

    async def _record(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[HEADER] = self._scope["state"]["request_id"]
            headers.setdefault("X-Content-Type-Options", "nosniff")
            headers.setdefault("Content-Security-Policy", STRICT_POLICY)
        await self._send(message)

    def _count(self) -> None:
        seconds = time.perf_counter() - self._started
        route = route_of(self._scope)
        method = self._scope["method"] if self._scope["method"] in _METHODS else "other"
        status = f"{self._status // 100}xx" if self._status else "disconnected"
        HTTP_REQUESTS.labels(route=route, method=method, status=status).inc()
        HTTP_SECONDS.labels(route=route, method=method).observe(seconds)
        if route not in _QUIET:
            log.info("request", route=route, method=method, status=self._status, seconds=round(seconds, 4))
