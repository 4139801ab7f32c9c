"""Errors as RFC 9457 problem documents: every one of them, and how an exception becomes one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Literal

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from services.errors import CallerError, InfrastructureError, InternalError, NotReady, Unprocessable
from services.telemetry.metrics import HTTP_REFUSALS

MEDIA_TYPE = "application/problem+json"
MAX_ERRORS = 20
RETRY_SECONDS = 5

Where = Literal["body", "query", "path", "header", "cookie"]

log = structlog.stdlib.get_logger(__name__)


class FieldProblem(BaseModel):
    """One value that was refused: where it was, which it was, and what is wrong with it."""

    where: Where
    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, and what to send instead (RFC 9457).

    Attributes:
        type: stable name of the kind of problem.
        detail: this occurrence; names the limit and its value where one was met.
        instance: path of the request.
        request_id: the same as in the ``X-Request-ID`` header; in our logs too.
        errors: the values refused, at most 20 of them.
        reasons: why the service is not ready.
    """

    type: str
    title: str
    status: int = Field(ge=400, le=599)
    detail: str
    instance: str
    request_id: str
    errors: list[FieldProblem] | None = None
    reasons: list[str] | None = None


class InvalidFields(Unprocessable):
    """Values that the schema refuses, each by its name."""

    def __init__(self, errors: Sequence[FieldProblem]) -> None:
        shown = list(errors)[:MAX_ERRORS]
        more = f" (and {len(errors) - 1} more, see errors)" if len(errors) > 1 else ""
        first = f"{shown[0].where} {shown[0].field}: {shown[0].message}" if shown else "the request is not valid"
        super().__init__(first + more)
        self.errors = shown


def field_problems(errors: Sequence[Mapping[str, Any]], where: Where | None = None) -> list[FieldProblem]:
    """Pydantic's errors as ours, the deepest first: of a union's members it is the one that was meant. Without
    ``where``, the first part of each location says it."""
    found = []
    for error in sorted(errors, key=lambda error: -len(error["loc"])):
        location = list(error["loc"])
        place = where or location.pop(0)
        found.append(FieldProblem(where=place, field=_field(location), message=error["msg"]))
    return found


def _field(location: Sequence[int | str]) -> str:
    """``rollouts[0].completion``; names of union members, which are ours and not the caller's, are left out."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[\w.-]{1,200}", part) and part not in ("str", "constrained-str"):
            text += f".{part}" if text else part
    return text or "(whole)"


def problem_response(
    request: Request,
    status: int,
    title: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[FieldProblem] | None = None,
    reasons: Sequence[str] | None = None,
) -> Response:
    """A problem document as an answer; counts the refusal."""
    slug = _slug(title)
    HTTP_REFUSALS.labels(route=route_of(request.scope), reason=slug).inc()
    body = Problem(
        type=f"urn:webgen-reward:problem:{slug}",
        title=title,
        status=status,
        detail=detail,
        instance=_instance(request),
        request_id=request.state.request_id,
        errors=list(errors) if errors else None,
        reasons=list(reasons) if reasons else None,
    )
    content = json.dumps(body.model_dump(mode="json", exclude_none=True))
    return Response(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def refusals_introduced() -> None:
    """Begin the counters of refused submissions at 0: what begins at 1 has no rate."""
    for error in CallerError.__subclasses__():
        HTTP_REFUSALS.labels(route="/v1/evaluations", reason=_slug(error.title))


def route_of(scope: Scope) -> str:
    """The template of the path, for labels; ``unmatched`` where none is served there."""
    return getattr(scope.get("route"), "path", "unmatched")


def _instance(request: Request) -> str:
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode("utf-8", "replace")
    return raw.decode("ascii", "replace").partition("?")[0][:2_000]


async def _caller_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, CallerError)  # noqa: S101  # registered for this class alone
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="webgen-reward"'
    errors = error.errors if isinstance(error, InvalidFields) else None
    return problem_response(request, error.status, error.title, error.detail, headers=headers, errors=errors)


async def _our_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, InfrastructureError)  # noqa: S101  # registered for this class alone
    headers = {"Retry-After": str(RETRY_SECONDS)}
    if isinstance(error, NotReady):
        return problem_response(request, 503, "Not ready", f"{error}; send the request again later", headers=headers)
    log.error("a request met a failure of ours", reason=error.reason, exc_info=error)
    if isinstance(error, InternalError):
        return internal_problem(request)
    detail = f"The service has a failure of its own ({error.reason}); send the same request again."
    return problem_response(request, 503, "Unavailable", detail, headers=headers)


def internal_problem(request: Request) -> Response:
    """The answer where we have a defect: says nothing but where to look."""
    detail = f"The service has a defect. Its logs name it under request id {request.state.request_id}."
    return problem_response(request, 500, "Internal error", detail)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this class alone
    return await _caller_error(request, InvalidFields(field_problems(error.errors())))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this class alone
    headers = dict(error.headers or {})
    title, detail = HTTPStatus(error.status_code).phrase, str(error.detail)
    if error.status_code == HTTPStatus.NOT_FOUND:
        title, detail = "No such path", "Nothing is served at this path; /openapi.json lists what is."
    elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        detail = f"This path takes {headers['Allow']}, not {request.method[:20]}."
    return problem_response(request, error.status_code, title, detail, headers=headers)


def allowed_methods(request: Request) -> list[str]:
    """Methods of all routes of this path template: each route knows its own alone."""
    template = getattr(request.scope.get("route"), "path", None)
    found = (getattr(route, "methods", None) or set() for route in request.app.routes if _path(route) == template)
    return sorted(set[str]().union(*found))


def _path(route: object) -> str | None:
    return getattr(route, "path", None)


def install_problems(app: FastAPI) -> None:
    """Let every error that a handler raises become a problem document."""
    app.add_exception_handler(CallerError, _caller_error)
    app.add_exception_handler(InfrastructureError, _our_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
