"""Who may call the judge's server now. Bodies: `Unlimited`, and the one that all judge processes share."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Permit(Protocol):
    """One call, from its grant to its end. One attempt over HTTP is one call: a repeat needs a permit of its own."""

    def used(self, tokens: int) -> None:
        """The server answered, with this many tokens in and out: they replace the estimate."""
        ...

    def failed(self) -> None:
        """The server looks down: no connection, no answer in time, 408, 409, 429 or 5xx."""
        ...


class Limits(Protocol):
    """Concurrency, requests and tokens a minute, and a circuit breaker."""

    def call(self, tokens: int) -> AbstractAsyncContextManager[Permit]:
        """Wait for room, and hold it while the context lasts.

        It waits for as long as it takes: surround it with ``asyncio.timeout``.

        Args:
            tokens: estimate of what the call takes in and gives out.

        Raises:
            JudgeDown: the circuit is open; at once, and no call was made.
            JudgeError: the estimate alone is more than a minute's tokens.
            BrokerError: what the processes share cannot be read, so that nobody knows whether there is room.
        """
        ...


class FreePermit:
    """Notes nothing."""

    def used(self, tokens: int) -> None:
        return

    def failed(self) -> None:
        return


class Unlimited:
    """Lets every call through at once. For a judge that nobody limits, and without Redis."""

    @contextlib.asynccontextmanager
    async def call(self, tokens: int) -> AsyncIterator[Permit]:
        yield FreePermit()
