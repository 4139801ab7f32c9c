"""Which pages of a site are visited, in which order, and what is taken of each."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from playwright.async_api import BrowserContext, CDPSession
from playwright.async_api import Error as PlaywrightError

from render_worker.accessibility import examine
from render_worker.browser import LIMITS, Running
from render_worker.interaction.record import Interaction, better
from render_worker.interaction.trial import try_site
from render_worker.pages import as_route, discover
from render_worker.patience import FrameLost, PageHung
from render_worker.site import ORIGIN, Site
from render_worker.tab import Tab, Window
from render_worker.traffic import Traffic
from render_worker.visit import PageVisit, look, look_again, look_at_all
from services.settings import RenderSettings
from services.settings.page_kit import require_page_kit

MOBILE = (390, 844)
"""Width and height of a telephone's viewport in CSS pixels. Laid out as a window of this size: a telephone would zoom
out of a page that names no viewport or overflows, and its pictures could not be compared (see the page's facts)."""

MAX_PRESSES = 8
PRESS_MILLISECONDS = 400

TOUCH_ATTEMPTS = 2
"""A browser that does not draw, of itself or under our load, is asked once more."""

EXAMINED = 3
"""Further pages that axe-core looks at: as many as a judge is shown."""

OK = 200

Mode = Literal["home", "full"]


@dataclass(slots=True)
class Tour:
    """One site's visits.

    Attributes:
        home, mobile: None until they began; `mobile` also where it was not asked for.
        only_pictures: what leaves none is left out: axe-core, the trial of the controls, and in mode ``home`` what
            covers the screen and which words are on it.
        frame_lost: a picture beside a first screen was given up; nobody is to blame.
        seconds: real time by part: ``home``, ``later``, ``full``, ``axe``, ``buttons``, ``routes``, ``mobile``,
            ``interaction``.
        interaction: what came of trying the controls; None in mode ``home``.
    """

    settings: RenderSettings
    site: Site
    mode: Mode
    only_pictures: bool = False
    home: PageVisit | None = None
    mobile: PageVisit | None = None
    routes: list[PageVisit] = field(default_factory=list)
    frame_lost: bool = False
    seconds: dict[str, float] = field(default_factory=dict)
    interaction: Interaction | None = None

    @property
    def visits(self) -> list[PageVisit]:
        """Those begun, home first, then routes, then home at mobile width."""
        return [page for page in (self.home, *self.routes, self.mobile) if page is not None]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 3)

    @contextmanager
    def spared(self) -> Iterator[None]:
        """A picture beside the first screen is not worth the visit: without it, the tab is closed."""
        try:
            yield
        except FrameLost:
            self.frame_lost = True

    async def go(self, running: Running) -> None:
        """Visit everything that the mode asks for.

        Raises:
            PlaywrightError, PageHung: a page or the browser went away; what was seen until then is kept.
        """
        until = time.monotonic() + LIMITS.wall_seconds
        self.site = replace(self.site, font=_font(require_page_kit(self.settings.tools).stand_in))
        self.home = PageVisit(self.site.home.removeprefix(ORIGIN), "home.png", Traffic(self.site))
        session = await running.browser.new_browser_cdp_session()
        screen = (self.settings.width, self.settings.height)
        async with open_window(running, session, screen, has_touch=False) as window:
            await self._go_home(window, self.home)
            if self.mode == "full":
                await self._go_on(window, self.home)
        if self.mode == "full":
            async with open_window(running, session, MOBILE, has_touch=True) as window:
                await self._go_mobile(window)
        if self.mode == "full" and not self.only_pictures:
            # Last, and in a window of its own: what is broken by touching costs nothing that was seen before.
            for _ in range(TOUCH_ATTEMPTS):
                told = Interaction()
                await self._touch(running, session, screen, told, until)
                self.interaction = better(self.interaction, told)
                if told.ended != "lost" or not running.browser.is_connected():
                    break

    async def _go_home(self, window: Window, home: PageVisit) -> None:
        async with AsyncExitStack() as stack:
            with self.part("home"):
                tab = await stack.enter_async_context(window.tab(home))
                await look(tab, self.site.home, home, measured=not (self.only_pictures and self.mode == "home"))
            if self.mode == "home":
                return
            with self.spared():
                with self.part("later"):
                    await look_again(tab, home)
                with self.part("full"):
                    await look_at_all(tab, home, window.width, window.height)
                await self._examine(tab, home)

    async def _go_on(self, window: Window, home: PageVisit) -> None:
        for number, route in enumerate(await self._find_routes(window, home), start=1):
            page = PageVisit(route, f"route-{number}.png", Traffic(self.site))
            self.routes.append(page)
            async with AsyncExitStack() as stack:
                with self.part("routes"):
                    tab = await stack.enter_async_context(window.tab(page))
                    await look(tab, ORIGIN + route, page)
                with self.spared():
                    with self.part("full"):
                        await look_at_all(tab, page, window.width, window.height)
                    if number <= EXAMINED:
                        await self._examine(tab, page)

    async def _examine(self, tab: Tab, page: PageVisit) -> None:
        if self.only_pictures:
            return
        with self.part("axe"):
            page.violations = await examine(tab, require_page_kit(self.settings.tools).axe)

    async def _find_routes(self, window: Window, home: PageVisit) -> list[str]:
        facts = home.facts
        if facts is None or self.settings.routes == 0:
            return []
        hrefs = [href for href in facts.hrefs if self._shows(href)]
        found = discover(hrefs, self.site.home, self.settings.routes)
        if len(found) >= self.settings.routes or not facts.nav_buttons:
            return found
        with self.part("buttons"):
            reached = await self._scout(window, min(facts.nav_buttons, MAX_PRESSES))
        return discover([*hrefs, *reached], self.site.home, self.settings.routes)

    def _shows(self, href: str) -> bool:
        """Whether a link leads to a page and not to a file, which the browser would download. What is not there at all
        is visited: that it is not there is to be seen."""
        route = as_route(href, self.site.home)
        answer = self.site.answer(ORIGIN + route) if route is not None else None
        return answer is None or answer.status != OK or answer.content_type.startswith("text/html")

    async def _scout(self, window: Window, count: int) -> list[str]:
        """Where buttons lead. What breaks under a hand breaks nothing else, unless the browser went with it."""
        reached: list[str] = []
        scout = PageVisit(self.site.home.removeprefix(ORIGIN), "", Traffic(self.site))
        try:
            async with window.tab(scout) as tab:
                await press_buttons(tab, self.site.home, count, reached)
        except (PlaywrightError, PageHung):
            if window.context.browser is None or not window.context.browser.is_connected():
                raise
        return reached

    async def _go_mobile(self, window: Window) -> None:
        self.mobile = PageVisit(self.site.home.removeprefix(ORIGIN), "home-mobile.png", Traffic(self.site), mobile=True)
        with self.part("mobile"):
            async with window.tab(self.mobile) as tab:
                await look(tab, self.site.home, self.mobile)
                with self.spared():
                    await look_at_all(tab, self.mobile, window.width, window.height)

    async def _touch(
        self, running: Running, session: CDPSession, screen: tuple[int, int], interaction: Interaction, until: float
    ) -> None:
        if self.home is None or self.home.facts is None or self.home.traffic.restless:
            return
        routes = [ORIGIN + page.route for page in self.routes if page.facts is not None]
        with self.part("interaction"):
            try:
                async with open_window(running, session, screen, has_touch=False) as window:
                    await try_site(window, self.site, self.site.home, routes, interaction, until=until)
            except PlaywrightError:
                interaction.end("lost")


@lru_cache(maxsize=1)
def _font(path: Path) -> bytes:
    return path.read_bytes()


async def press_buttons(tab: Tab, home: str, count: int, reached: list[str]) -> None:
    """Where the first buttons of navigation and head lead by script, each pressed once, on a page that nobody judges.

    Args:
        reached: filled in with addresses.

    Raises:
        PlaywrightError, PageHung: as `look`.
    """
    await tab.open(home)
    await tab.clock.run(tab.clock.now + PRESS_MILLISECONDS)
    for index in range(count):
        if not await tab.ask("press", {"index": index}):
            break
        await tab.clock.run(tab.clock.now + PRESS_MILLISECONDS)
        if as_route(tab.page.url, home) not in (None, as_route(home, home)):
            reached.append(tab.page.url)
            await tab.open(home)
            await tab.clock.run(tab.clock.now + PRESS_MILLISECONDS)


@asynccontextmanager
async def open_window(
    running: Running, session: CDPSession, screen: tuple[int, int], *, has_touch: bool
) -> AsyncIterator[Window]:
    """A fresh context, gone on leaving."""
    before = set(await _contexts(session))
    context = await _context(running, screen, has_touch)
    try:
        (identity,) = set(await _contexts(session)) - before
        yield Window(context, session, identity, running.watch, *screen)
    finally:
        await _close(context)


def visitors_agent(version: str) -> str:
    """How an ordinary Chrome of the browser's version names itself: the headless one's own name tells a page that
    nobody looks."""
    chrome = f"Chrome/{version.partition('.')[0]}.0.0.0"
    return f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) {chrome} Safari/537.36"


async def _contexts(session: CDPSession) -> list[str]:
    known: list[str] = (await session.send("Target.getBrowserContexts"))["browserContextIds"]
    return known


async def _context(running: Running, screen: tuple[int, int], has_touch: bool) -> BrowserContext:
    """The same for every page on every machine; nothing granted, nothing downloaded, no service worker."""
    context = await running.browser.new_context(
        user_agent=visitors_agent(running.browser.version),
        viewport={"width": screen[0], "height": screen[1]},
        device_scale_factor=1,
        has_touch=has_touch,
        locale="en-US",
        timezone_id="UTC",
        reduced_motion="reduce",
        color_scheme="light",
        service_workers="block",
        accept_downloads=False,
    )
    await context.route("**/*", lambda route: route.abort())
    return context


async def _close(context: BrowserContext) -> None:
    with suppress(PlaywrightError):
        await context.close()
