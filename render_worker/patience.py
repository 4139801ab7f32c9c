"""How long a page is waited for: as long as it gives way. Measured in its own CPU time, so that a loaded machine is
not held against it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from services.sandbox.protocol import Watch

HUNG_CPU_SECONDS = 8.0
"""CPU time that a page may take to answer one request of ours; a page that works gives way within a tenth of it."""

IDLE_CPU_SECONDS = 1.0
_LOOK_SECONDS = 0.25

T = TypeVar("T")


class FrameLost(Exception):
    """The browser did not draw a frame that was asked for, and spent nothing on it: its doing or our load's."""


class PageHung(Exception):
    """The page did not give way until `HUNG_CPU_SECONDS` were spent, or floods us. The candidate's failure."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Attributes:
    watch: of the browser's sandbox.
    floods: whether the page sends more than may pass through us.
    """

    page: Page
    watch: Watch
    floods: Callable[[], bool] = lambda: False

    async def of(self, question: Coroutine[Any, Any, T], seconds: float = inf) -> T:
        """The answer to a question put to the page.

        Args:
            seconds: real time after which an answer that costs no CPU time is given up.

        Raises:
            FrameLost: that time is over.
            PageHung: see there.
            PlaywrightError: the page or the browser is gone.
        """
        task = asyncio.ensure_future(question)
        before = self.watch.cpu_seconds
        late = time.monotonic() + seconds
        try:
            while not (await asyncio.wait({task}, timeout=_LOOK_SECONDS))[0]:
                if self.page.is_closed():
                    raise PlaywrightError("the page was closed")
                if self.floods() or self.watch.cpu_seconds - before > HUNG_CPU_SECONDS:
                    raise PageHung
                if time.monotonic() > late and self.watch.cpu_seconds - before < IDLE_CPU_SECONDS:
                    raise FrameLost
            return task.result()
        finally:
            task.cancel()
