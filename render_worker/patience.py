"""How long a page is waited for: as long as it gives way. Measured in its own CPU time, so that a loaded machine is
not held against it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from services.sandbox.protocol import Watch

HUNG_CPU_SECONDS = 8.0
"""CPU time that a page may take to answer one request of ours; a page that works gives way within a tenth of it."""

_LOOK_SECONDS = 0.25

T = TypeVar("T")


class PageHung(Exception):
    """The page did not give way until `HUNG_CPU_SECONDS` were spent. The candidate's failure."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Attributes:
    watch: of the browser's sandbox.
    """

    page: Page
    watch: Watch

    async def of(self, question: Coroutine[Any, Any, T]) -> T:
        """The answer to a question put to the page.

        Raises:
            PageHung: see there.
            PlaywrightError: the page or the browser is gone.
        """
        task = asyncio.ensure_future(question)
        before = self.watch.cpu_seconds
        try:
            while not (await asyncio.wait({task}, timeout=_LOOK_SECONDS))[0]:
                if self.page.is_closed():
                    raise PlaywrightError("the page was closed")
                if self.watch.cpu_seconds - before > HUNG_CPU_SECONDS:
                    raise PageHung
            return task.result()
        finally:
            task.cancel()
