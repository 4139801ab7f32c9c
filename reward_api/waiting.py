"""Clients that wait for evaluations to end: one reader of the record for all of them.

A Redis notification says that something ended; the record says what. However many clients wait, the record is read
once after a hint, and every two seconds without one. A waiting client holds no thread.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import structlog
from starlette.concurrency import run_in_threadpool

REREAD_SECONDS = 2.0
"""The record is read at least this often while somebody waits."""

PAUSE_SECONDS = 0.05
"""The record is read at most this often: hints that come together are one."""

LOOK_SECONDS = 1.0
"""How often a waiting client is looked at: is it still there?"""

READ_AT_ONCE = 1_000
"""Ids in one read of the record."""

log = structlog.stdlib.get_logger(__name__)


class Hints(Protocol):
    async def wait(self, timeout: float) -> None:
        """Return when something may have ended, or after ``timeout`` seconds."""
        ...


@dataclass(eq=False, slots=True)
class _Waiter:
    pending: set[str]
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Waiting:
    """Everyone who waits in this process. Belongs to one event loop.

    Args:
        unfinished: which of the given evaluations have not ended; blocking, called in a thread.
        hints: when to look.
        reread: seconds between two looks without a hint.
    """

    def __init__(
        self, unfinished: Callable[[Sequence[str]], list[str]], hints: Hints, reread: float = REREAD_SECONDS
    ) -> None:
        self._unfinished = unfinished
        self._reread = reread
        self._hints = hints
        self._waiters: set[_Waiter] = set()
        self._reader: asyncio.Task[None] | None = None
        self._stopping = False

    @property
    def stopping(self) -> bool:
        return self._stopping

    @property
    def clients(self) -> int:
        """How many wait now."""
        return len(self._waiters)

    def stop(self) -> None:
        """Let every waiting client, and all that come later, go on at once."""
        self._stopping = True
        for waiter in self._waiters:
            waiter.woken.set()

    async def until_ended(self, ids: Sequence[str], seconds: float, gone: Callable[[], Awaitable[bool]]) -> None:
        """Return when all have ended, ``seconds`` are over, the gateway stops, or the client is gone.

        Raises:
            RecordError: the record could not be read at the start; later failures are waited out.
        """
        if self._stopping or seconds <= 0:
            return
        deadline = asyncio.get_running_loop().time() + seconds
        waiter = _Waiter(set(ids))
        with self._registered(waiter):
            self._settle([waiter], await self._still_unfinished(ids))
            await self._rest(waiter, deadline, gone)

    async def _rest(self, waiter: _Waiter, deadline: float, gone: Callable[[], Awaitable[bool]]) -> None:
        clock = asyncio.get_running_loop().time
        while not waiter.woken.is_set() and (left := deadline - clock()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(waiter.woken.wait(), min(left, LOOK_SECONDS))
            if await gone():
                return

    @contextlib.contextmanager
    def _registered(self, waiter: _Waiter) -> Iterator[None]:
        self._waiters.add(waiter)
        if self._reader is None:
            self._reader = asyncio.create_task(self._read())
        try:
            yield
        finally:
            self._waiters.discard(waiter)
            if not self._waiters:
                self._reader.cancel()
                self._reader = None

    async def _read(self) -> None:
        while True:
            try:
                await self._hints.wait(self._reread)
                waiters = list(self._waiters)
                self._settle(waiters, await self._still_unfinished(set().union(*(w.pending for w in waiters))))
            except Exception as error:  # one failed read must not end everyone's wait: the next may succeed
                log.warning("the record could not be read for waiting clients", exc_info=error)
                await asyncio.sleep(self._reread)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _still_unfinished(self, ids: Iterable[str]) -> set[str]:
        wanted, found = list(ids), set[str]()
        for start in range(0, len(wanted), READ_AT_ONCE):
            found.update(await run_in_threadpool(self._unfinished, wanted[start : start + READ_AT_ONCE]))
        return found

    @staticmethod
    def _settle(waiters: Iterable[_Waiter], unfinished: set[str]) -> None:
        for waiter in waiters:
            waiter.pending &= unfinished
            if not waiter.pending:
                waiter.woken.set()
