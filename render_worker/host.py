"""Where a worker's browser lives: one at a time, started at first use, kept from job to job, replaced after some time
and after anything unusual."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import os
import threading
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from weakref import finalize

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from render_worker.browser import Opened, Running, open_browser
from render_worker.driver import NoOwnSandbox
from render_worker.recycle import Rested, Served, may_serve, may_stay
from services.errors import BrowserError
from services.sandbox.protocol import Sandbox
from services.settings import RenderSettings
from services.telemetry.work import WhyStarted, browser_started

ANSWER_SECONDS = 5.0
"""Within which a browser at rest answers."""

PLAIN = {"browser", "GPU", "network.mojom.NetworkService", "renderer"}
"""Processes of a browser that shows plain pages, as it names them; renderers end with their pages, a moment later."""

Work = Callable[[Running], Awaitable[bool]]
"""One job: it tells whether all went as planned. Its browser's `Watch` is the job's own account."""

log = logging.getLogger(__name__)


@dataclass
class Kept:
    """A started browser between its jobs.

    Attributes:
        session: of the browser itself.
        jobs: served until now.
        rested: when its last job ended, and what it had used by then.
    """

    opened: Opened
    session: CDPSession
    jobs: int = 0
    rested: tuple[float, float] = (0.0, 0.0)

    async def is_alone(self) -> bool:
        """Whether nothing of a job is left: no context, page, frame or worker, and no service that it called up, such
        as those for sound and cameras, which stay."""
        contexts = await self._ask("Target.getBrowserContexts", "browserContextIds")
        targets = await self._ask("Target.getTargets", "targetInfos")
        processes = await self._ask("SystemInfo.getProcessInfo", "processInfo")
        is_plain = isinstance(processes, list) and {process["type"] for process in processes} <= PLAIN
        return contexts == [] and targets == [] and is_plain

    async def is_ready(self) -> bool:
        """Whether it lives and has been quiet since its last job."""
        at, cpu_seconds = self.rested
        watch = self.opened.watch
        rested = Rested(time.monotonic() - at, watch.cpu_seconds - cpu_seconds, watch.memory_bytes)
        return may_serve(rested) and await self._ask("Browser.getVersion", "product") is not None

    async def _ask(self, method: str, name: str) -> object:
        """None where the browser does not answer."""
        with suppress(PlaywrightError, TimeoutError):
            return (await asyncio.wait_for(self.session.send(method), ANSWER_SECONDS))[name]
        return None


@dataclass
class House:
    """The event loop of a process, and the browser on it."""

    runner: asyncio.Runner = field(default_factory=asyncio.Runner)
    pid: int = field(default_factory=os.getpid)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    kept: Kept | None = None
    why: WhyStarted = "first"

    async def empty(self, why: WhyStarted) -> None:
        """Browser, driver, sandbox and their folders are gone afterwards. ``why`` the next one is started."""
        self.why = why
        self.kept, stack, self.stack = None, self.stack, AsyncExitStack()
        with suppress(PlaywrightError):
            await stack.aclose()

    def close(self) -> None:
        """A forked process leaves its parent's alone. Also called where another loop may be running."""
        if self.pid != os.getpid():
            return
        closer = threading.Thread(target=self._close)
        closer.start()
        closer.join()

    def _close(self) -> None:
        with self.runner:
            self.runner.run(self.empty("first"))


class Host:
    """Serves one job at a time. Nothing is started before the first, nor shared with a forked process; at the end of
    the process, and of the host's last use, all is gone.

    Args:
        settings: `RenderSettings.browser_life` and `RenderSettings.browser_jobs` say how long a browser lives.
    """

    def __init__(self, settings: RenderSettings, sandbox: Sandbox) -> None:
        self._settings = settings
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self._house: House | None = None
        self._release: finalize[[], Host] | None = None
        self._own_sandbox = True

    def serve(self, work: Work) -> bool:
        """Do one job. Returns whether its browser was new.

        Raises:
            BrowserError, SandboxError, ToolchainError: no browser could be started.
        """
        with self._lock:
            house = self._entered()
            # A runner keeps the context of its first job: the logs of this one are about this one.
            return house.runner.run(self._serve(house, work), context=contextvars.copy_context())

    def replace(self) -> None:
        """The next job gets a new browser."""
        with self._lock:
            house = self._entered()
            house.runner.run(house.empty("asked"))

    def close(self) -> None:
        """End the browser. A later job starts anew."""
        with self._lock:
            if self._release is not None:
                self._release()
            self._house = None

    def _entered(self) -> House:
        if self._house is None or self._house.pid != os.getpid():
            self._house = House()
            self._release = finalize(self, self._house.close)
        return self._house

    async def _serve(self, house: House, work: Work) -> bool:
        kept = await self._ready(house)
        fresh, stays, sound = kept.jobs == 0, False, False
        kept.jobs += 1
        watch = kept.opened.watch
        # A limit may be told only when the browser is gone; until then the account is open.
        with watch.account() as account:
            try:
                went_well = await work(Running(kept.opened.browser, account))
                sound = went_well and self._keeps and await kept.is_alone()
                served = Served(sound, kept.jobs, account.cpu_seconds, account.peak_memory_bytes)
                stays = may_stay(served, self._settings.browser_jobs)
            finally:
                if not stays:
                    await house.empty("spent" if sound else "unsound" if self._keeps else "single")
        kept.rested = (time.monotonic(), watch.cpu_seconds)
        return fresh

    async def _ready(self, house: House) -> Kept:
        if house.kept is not None and await house.kept.is_ready():
            return house.kept
        await house.empty(house.why if house.kept is None else "unfit")
        try:
            return await self._start(house)
        except NoOwnSandbox:
            if self._settings.browser_life == "many":
                raise
            await house.empty("first")
            log.warning("the browser's own sandbox cannot start here: every evaluation gets a browser of its own")
            self._own_sandbox = False
            return await self._start(house)

    async def _start(self, house: House) -> Kept:
        browser_started(house.why)
        started = open_browser(self._settings, self._sandbox, own_sandbox=self._own_sandbox)
        opened = await house.stack.enter_async_context(started)
        try:
            house.kept = Kept(opened, await opened.browser.new_browser_cdp_session())
        except PlaywrightError as error:
            raise BrowserError(f"the browser died when it was started: {error.message[:300]}") from error
        return house.kept

    @property
    def _keeps(self) -> bool:
        """A browser whose own sandbox is off would carry one job's break-in to the next."""
        return self._own_sandbox and self._settings.browser_life != "one"
