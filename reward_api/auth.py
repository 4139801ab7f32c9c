"""Bearer API keys and what each may do.

Scopes: ``submit`` (send rollouts, ask for a new verdict), ``read`` (everything that is only looked at), ``admin``
(all of these, and cancel runs and change profiles). Checked before a request's body is read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from reward_api.context import Gateway
from services.errors import Forbidden, Unauthorized

Scope = Literal["submit", "read", "admin"]

bearer = HTTPBearer(
    scheme_name="apiKey",
    bearerFormat="webgen-reward API key",
    description="An API key: `Authorization: Bearer KEY`. `webgen-reward keys create` makes one.",
    auto_error=False,
)

Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def requires(*scopes: Scope) -> Any:
    """A route's dependency: a valid key with at least one of the scopes, or with ``admin``.

    Raises (as answers): 401 without a valid key, 403 with one that may not do this.
    """
    return Depends(_checker(frozenset(scopes)))


def _checker(scopes: frozenset[str]) -> Callable[[Gateway, Credentials], Awaitable[None]]:
    async def check(gateway: Gateway, credentials: Credentials) -> None:
        if not gateway.settings.auth:
            return
        if credentials is None:
            raise Unauthorized("send an API key: Authorization: Bearer KEY")
        key = await run_in_threadpool(gateway.pipeline.verify_key, credentials.credentials)
        if key is None:
            raise Unauthorized("this API key is unknown or revoked; send a valid one")
        if not key.scopes & (scopes | {"admin"}):
            wanted = " or ".join(sorted(scopes))
            raise Forbidden(f"the API key {key.name!r} lacks the scope {wanted}; use a key that has it")

    return check
