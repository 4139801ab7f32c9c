"""A proxy that answers 403 to content is not one that turns the caller away."""

from __future__ import annotations

import asyncio

import httpx2
import pytest
from openai import PermissionDeniedError

from services.errors import JudgeError
from services.judge.calling import Line, RefusedRequest
from services.judge.limits import Unlimited
from services.judge.protocol import Unmetered


async def answer(message: str) -> object:
    async def send() -> object:
        response = httpx2.Response(403, request=httpx2.Request("POST", "http://judge.test/v1"))
        raise PermissionDeniedError(message, response=response, body=None)

    deadline = asyncio.get_running_loop().time() + 5
    line = Line(Unlimited(), Unmetered(), concurrency=1, timeout=5, retries=0, deadline=deadline)
    return await line.call(send, "eye-7b", 1)


def test_moderated_content_is_refused_as_content_is() -> None:
    message = "eye-7b requires moderation. Your input was flagged."
    assert asyncio.run(answer(message)) == RefusedRequest(403, message)


def test_a_key_without_permission_is_ours() -> None:
    with pytest.raises(JudgeError, match="WEBGEN_JUDGE__API_KEY"):
        asyncio.run(answer("You may not use this model."))
