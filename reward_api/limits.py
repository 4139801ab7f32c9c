"""Request bodies: media type, size and shape, checked in this order while they arrive. Nothing is half-accepted."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from reward_api.context import context_of
from reward_api.problems import InvalidFields, field_problems
from services.contract import EvaluationQuery, RejudgeRequest, Submission
from services.errors import InvalidRequest, TooLarge, Unprocessable, UnsupportedMedia

M = TypeVar("M", bound=BaseModel)

JSON = "application/json"
_TOO_LONG = frozenset({"too_long", "string_too_long"})


def require_media_type(request: Request, *accepted: str) -> str:
    """The body's media type.

    Raises:
        UnsupportedMedia: it is none of those accepted, or the body is compressed.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("compressed bodies are not accepted; send the body as it is, without Content-Encoding")
    sent = request.headers.get("content-type", "")
    media_type = sent.partition(";")[0].strip().lower()
    if media_type not in accepted:
        raise UnsupportedMedia(f"Content-Type is {sent[:100]!r}; send {' or '.join(accepted)}")
    return media_type


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body; refused as soon as it is known to be larger than ``limit`` bytes.

    Raises:
        TooLarge: also for a body without a declared length.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_large(limit)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than max_body_bytes = {limit} bytes; send fewer rollouts in one request")


def parse_json(model: type[M], body: bytes) -> M:
    """The body as a model. Types are taken as they are: a number in a string is not a number.

    Raises:
        InvalidRequest: not JSON.
        TooLarge: a completion that is longer than any may be.
        Unprocessable: JSON that the schema refuses, or text that is not Unicode (lone surrogates).
    """
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=True, include_input=False)
    if found[0]["type"] == "json_invalid":
        raise _not_json(body, found[0]["msg"])
    raise _completion_too_long(found) or InvalidFields(field_problems(found, "body"))


def _not_json(body: bytes, message: str) -> InvalidRequest | Unprocessable:
    """Lone surrogates are the one thing that JSON's grammar admits and our parser does not."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return InvalidRequest(f"the body is not valid JSON in UTF-8: {message}")
    return Unprocessable(f"the body has a lone surrogate in a string; replace it, for example with U+FFFD ({message})")


def _completion_too_long(errors: Sequence[Any]) -> TooLarge | None:
    for error in errors:
        if error["type"] in _TOO_LONG and "completion" in error["loc"] and error["ctx"].get("max_length", 0) > 1_000:
            limit = error["ctx"]["max_length"]
            return TooLarge(
                f"rollouts[{error['loc'][1]}].completion has more than {limit} characters, the most that one may have; "
                "leave this rollout out or send it truncated"
            )
    return None


def _json_body(model: type[M], *, optional: bool = False) -> Callable[[Request], Awaitable[M]]:
    async def read(request: Request) -> M:
        body = b""
        if not optional or _has_body(request):
            require_media_type(request, JSON)
            body = await read_body(request, context_of(request).settings.max_body_bytes)
        # parsed in a thread: tens of megabytes must not hold up every other client
        return await run_in_threadpool(parse_json, model, body or (b"{}" if optional else b""))

    return read


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def within_batch(request: Request, submission: Annotated[Submission, Depends(_json_body(Submission))]) -> Submission:
    """A submission of no more rollouts than one call may bring.

    Raises:
        TooLarge: naming the limit.
    """
    limit, sent = context_of(request).settings.max_batch, len(submission.rollouts)
    if sent > limit:
        raise TooLarge(f"{sent} rollouts in one request; max_batch = {limit}: send them in several requests")
    return submission


SubmissionBody = Annotated[Submission, Depends(within_batch)]
QueryBody = Annotated[EvaluationQuery, Depends(_json_body(EvaluationQuery))]
RejudgeBody = Annotated[RejudgeRequest, Depends(_json_body(RejudgeRequest, optional=True))]
