"""Limits that all judge processes share through Redis.

Why scripts of our own: of the libraries that limit rates across processes (limits, pyrate-limiter, aiolimiter), none
counts calls under way together with ended ones, corrects a weight afterwards and says how long to wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import AsyncIterator

from services.errors import BrokerError, JudgeDown, JudgeError
from services.judge.limits.protocol import Limits, Permit, Unlimited
from services.judge.limits.scripts import Answer, Change, Connection, Outcome, Scripts, shared_name
from services.settings import JudgeLimits
from services.telemetry.work import breaker_changed, breaker_introduced, breaker_met

LEASE_SECONDS = 30.0
"""A killed process gives its calls back after this long; a living one renews them three times within it."""

SHORTEST_LOOK, LONGEST_LOOK, LOOK_GROWTH = 0.05, 1.0, 1.5
"""Seconds between two questions for room that some call under way must leave: nobody knows when."""

LONGEST_WAIT = 5.0
"""Seconds without a question, however long the window is full: calls that used fewer tokens make room sooner."""

JITTER = 0.2
"""Share of a wait by which it is longer at most, so that those that wait for the same moment are spread."""

log = logging.getLogger(__name__)


def make_limits(settings: JudgeLimits, redis: str, address: str, key: str | None) -> Limits:
    """The limits of a server.

    Args:
        redis: address of the Redis that the judge processes share.
        address, key: of the server; processes that have both in common share its limits.
    """
    limits = (settings.concurrency, settings.requests_per_minute, settings.tokens_per_minute)
    breaker = (settings.breaker_failures, settings.breaker_share)
    if all(each is None for each in (*limits, *breaker)):
        return Unlimited()
    breaker_introduced()
    return SharedLimits(Scripts(redis, shared_name(address, key), settings, LEASE_SECONDS))


class SharedPermit:
    """What a call under way tells of itself."""

    def __init__(self) -> None:
        self.outcome = Outcome.UNKNOWN
        self.tokens: int | None = None

    def used(self, tokens: int) -> None:
        self.outcome, self.tokens = Outcome.GOOD, max(0, tokens)

    def failed(self) -> None:
        self.outcome = Outcome.BAD


class SharedLimits:
    """`Limits` over Redis. Not first come, first served: whoever looks when there is room has it.

    Where Redis is away no call is made: nobody knows then what the others do.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    @contextlib.asynccontextmanager
    async def call(self, tokens: int) -> AsyncIterator[Permit]:
        self._check(tokens)
        call, permit = secrets.token_hex(8), SharedPermit()
        async with self._scripts.connected() as redis:
            await _entered(redis, call, tokens)
            try:
                async with _renewed(redis, call, self._scripts.lease):
                    yield permit
            finally:
                await _left(redis, call, permit)

    def _check(self, tokens: int) -> None:
        most = self._scripts.settings.tokens_per_minute
        if most is not None and tokens > most:
            raise JudgeError(
                f"one call takes about {tokens} tokens, and {most} a minute are allowed: raise "
                "WEBGEN_JUDGE__LIMITS__TOKENS_PER_MINUTE, or show the judge fewer or smaller pictures"
            )


async def _entered(redis: Connection, call: str, tokens: int) -> None:
    """Return when the call is granted. Whoever stops waiting before leaves no grant behind.

    Raises:
        JudgeDown: the circuit is open.
    """
    look = SHORTEST_LOOK
    try:
        while True:
            answer, wait = await redis.enter(call, tokens)
            breaker_met(is_open=answer is Answer.OPEN)
            if answer is Answer.GRANTED:
                return
            if answer is Answer.OPEN:
                raise JudgeDown(
                    "the judge's server fails call after call; none is made for a while", _spread(wait or 0)
                )
            await asyncio.sleep(_spread(look if wait is None else min(wait, LONGEST_WAIT)))
            look = min(LONGEST_LOOK, look * LOOK_GROWTH)
    except asyncio.CancelledError:
        with contextlib.suppress(BrokerError):
            await redis.withdraw(call)
        raise


@contextlib.asynccontextmanager
async def _renewed(redis: Connection, call: str, lease: float) -> AsyncIterator[None]:
    """Renew the lease in the meantime. It ends between two renewals, never within one: that would outlive the call."""
    done = asyncio.Event()
    renewing = asyncio.create_task(_renew_until(redis, call, lease, done))
    try:
        yield
    finally:
        done.set()
        await renewing


async def _renew_until(redis: Connection, call: str, lease: float, done: asyncio.Event) -> None:
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(done.wait(), lease / 3)
            return
        try:
            await redis.renew(call)
        except BrokerError as error:
            log.warning("a call's lease could not be renewed: %s", error)


async def _left(redis: Connection, call: str, permit: SharedPermit) -> None:
    """Tell how the call ended. Where that cannot be told its lease runs out; its answer is not lost for it."""
    try:
        change = await redis.leave(call, permit.outcome, permit.tokens)
    except BrokerError as error:
        log.warning("the end of a call could not be told: %s", error)
        return
    if change is not Change.NONE:
        breaker_changed("open" if change is Change.OPENED else "closed")
        log.warning("the circuit of the judge's server has %s", change.name.lower())


def _spread(wait: float) -> float:
    """A little longer, each time differently."""
    return wait + random.uniform(0, JITTER * wait)  # noqa: S311 - no secret
