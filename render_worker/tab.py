"""A tab whose frames and time are ours: opened, listened to, asked, closed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol

from playwright.async_api import BrowserContext, CDPSession, ConsoleMessage, Dialog, Page
from playwright.async_api import Error as PlaywrightError

from render_worker import probe
from render_worker.clock import PageClock
from render_worker.patience import Patience
from render_worker.site import ORIGIN
from render_worker.traffic import Traffic
from services.sandbox.protocol import Watch

SEED = 20_260_105
MAX_REPORTS_OF_A_DOCUMENT = 50
"""Of one kind and cause."""

OPEN_MILLISECONDS = 60_000


class Hearer(Protocol):
    """Who is told what happens in a tab."""

    traffic: Traffic

    def hear_page(self, event: dict[str, Any]) -> None: ...

    def hear_console(self, message: ConsoleMessage) -> None: ...

    def hear_exception(self, error: PlaywrightError) -> None: ...

    def hear_crash(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Tab:
    page: Page
    session: CDPSession
    clock: PageClock
    patience: Patience

    async def open(self, url: str) -> None:
        """Raises as `Patience.of`."""
        await self.patience.of(self.page.goto(url, wait_until="commit", timeout=OPEN_MILLISECONDS))

    async def ask(self, script: str, options: dict[str, Any]) -> object:
        """The answer of one of our scripts (`probe.run`). Raises as `Patience.of`."""
        return await self.patience.of(probe.run(self.session, script, options))

    async def ask_all(self, scripts: Mapping[str, dict[str, Any]]) -> dict[str, object]:
        """The answers of several of our scripts at once (`probe.run_all`). Raises as `Patience.of`."""
        return await self.patience.of(probe.run_all(self.session, scripts))


@dataclass(frozen=True, slots=True)
class Window:
    """Where tabs are opened: a context, and the browser's own session, which alone can make tabs of our frames.

    Attributes:
        session: of the browser itself.
        identity: the protocol's name of the context.
    """

    context: BrowserContext
    session: CDPSession
    identity: str
    watch: Watch
    width: int
    height: int

    @asynccontextmanager
    async def tab(self, hearer: Hearer) -> AsyncIterator[Tab]:
        """A tab; gone on leaving.

        Raises:
            PlaywrightError: the browser is gone.
        """
        page = await self._new_page()
        try:
            session = await self.context.new_cdp_session(page)
            await _listen(page, session, hearer)
            patience = Patience(page, self.watch, lambda: hearer.traffic.floods)
            clock = PageClock(session, patience, lambda: hearer.traffic.restless)
            await clock.start()
            yield Tab(page, session, clock, patience)
        finally:
            await _close(page)

    async def _new_page(self) -> Page:
        wanted = {
            "url": "about:blank",
            "browserContextId": self.identity,
            "enableBeginFrameControl": True,
            "width": self.width,
            "height": self.height,
        }
        async with self.context.expect_page() as opened:
            await self.session.send("Target.createTarget", wanted)
        return await opened.value


async def _listen(page: Page, session: CDPSession, hearer: Hearer) -> None:
    binding = f"_{secrets.token_hex(12)}"

    async def crashed(_: Page) -> None:
        # Whoever waits on the page's answer would wait until the wall limit.
        hearer.hear_crash()
        await _close(page)

    page.on("crash", crashed)
    page.on("console", hearer.hear_console)
    page.on("pageerror", hearer.hear_exception)
    page.on("websocket", lambda socket: hearer.traffic.note_socket(socket.url))
    page.on("popup", _close)
    page.on("dialog", _answer)
    session.on("Runtime.bindingCalled", hearer.hear_page)
    await session.send("Runtime.enable")
    await session.send("Runtime.addBinding", {"name": binding})
    await page.route("**/*", hearer.traffic.handle)
    await page.add_init_script(probe.guard(guard_options(binding)))
    await page.add_init_script(probe.call("steady", {"seed": SEED}))


def guard_options(binding: str) -> dict[str, Any]:
    return {"binding": binding, "origin": ORIGIN, "reports": MAX_REPORTS_OF_A_DOCUMENT}


async def _answer(dialog: Dialog) -> None:
    """No to everything, but for whether the page may be left."""
    with suppress(PlaywrightError):
        await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())


async def _close(page: Page) -> None:
    with suppress(PlaywrightError):
        await page.close()
