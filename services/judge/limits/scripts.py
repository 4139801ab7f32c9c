"""The questions that are put to Redis: each a Lua script, which Redis runs as one step and by its own clock."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib import resources
from typing import Any

from redis import RedisError
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff

from services.channel import redis_url
from services.errors import BrokerError
from services.settings import JudgeLimits

SOCKET_TIMEOUT = 5.0
RETRIES = 2
_KEYS = ("held", "ended", "tokens", "spent", "circuit", "good", "bad")
_MICROSECONDS = 1_000_000


class Outcome(IntEnum):
    """What a call says of its server."""

    GOOD = 1
    BAD = -1
    UNKNOWN = 0


class Answer(IntEnum):
    GRANTED = 1
    WAIT = 0
    OPEN = -1


class Change(IntEnum):
    OPENED = 1
    CLOSED = -1
    NONE = 0


@dataclass(frozen=True, slots=True)
class Scripts:
    """Attributes:
    url: of Redis, as settings spell it.
    name: of the server that is called; whoever has the same name shares.
    lease: seconds after which a call that nobody renewed has ended.
    """

    url: str
    name: str
    settings: JudgeLimits
    lease: float

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[Connection]:
        """Connections of the running event loop. Nothing is asked before the first question."""
        client = Redis.from_url(
            redis_url(self.url),
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
            retry=Retry(ExponentialWithJitterBackoff(cap=1.0, base=0.1), RETRIES),
        )
        try:
            yield Connection(self, client)
        finally:
            await client.aclose()


class Connection:
    """Every method raises BrokerError where Redis does not answer."""

    def __init__(self, scripts: Scripts, client: Redis) -> None:
        self._scripts, self._client = scripts, client

    async def enter(self, call: str, tokens: int) -> tuple[Answer, float | None]:
        """Ask for room. Besides the answer: seconds to wait, None where unknown."""
        given = self._scripts.settings
        limits = (given.concurrency, given.requests_per_minute, given.tokens_per_minute)
        answer, wait = await self._run("enter", call, tokens, self._lease, *(limit or 0 for limit in limits))
        return Answer(answer), None if wait < 0 else wait / _MICROSECONDS

    async def leave(self, call: str, outcome: Outcome, used: int | None) -> Change:
        given = self._scripts.settings
        thresholds = (given.breaker_failures or 0, given.breaker_share or 0, given.breaker_calls)
        pauses = (_micro(given.breaker_pause), _micro(max(given.breaker_pause, given.breaker_longest)))
        tokens = -1 if used is None else used
        return Change(await self._run("leave", call, int(outcome), tokens, *thresholds, *pauses))

    async def renew(self, call: str) -> None:
        await self._run("renew", call, self._lease)

    async def withdraw(self, call: str) -> None:
        """Take back a grant, if there was one, of which no call was made."""
        await self._run("withdraw", call)

    @property
    def _lease(self) -> int:
        return _micro(self._scripts.lease)

    async def _run(self, script: str, call: str, *arguments: float) -> Any:
        given = self._scripts.settings
        idle = 1_000 * (2 * max(given.window, given.breaker_longest, given.breaker_pause) + self._scripts.lease)
        keys = [f"webgen:judge:{{{self._scripts.name}}}:{key}" for key in _KEYS]
        try:
            ready = self._client.register_script(_source(script))
            return await ready(keys, [_micro(given.window), call, round(idle), *arguments])
        except (RedisError, OSError) as error:
            raise BrokerError(f"the judge's limits cannot be looked up: {type(error).__name__}: {error}") from error


def shared_name(address: str, key: str | None) -> str:
    """The name under which processes share: of a server and an account there. The key cannot be told from it."""
    return hashlib.sha256(f"{address.rstrip('/')}\0{key or ''}".encode()).hexdigest()[:24]


def _micro(seconds: float) -> int:
    return round(seconds * _MICROSECONDS)


@cache
def _source(script: str) -> str:
    folder = resources.files("services.judge.limits").joinpath("lua")
    return "\n".join(folder.joinpath(f"{name}.lua").read_text("utf-8") for name in ("tidy", script))
