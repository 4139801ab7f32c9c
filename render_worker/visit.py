"""One page: opened in a tab of its own, left to come to rest, measured, photographed; and what was heard of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import ConsoleMessage
from playwright.async_api import Error as PlaywrightError

from render_worker import camera
from render_worker.accessibility import Violation
from render_worker.clock import FRAME
from render_worker.errors import MAX_REPORTS, Cause, Kind, Note, PageError, Report, clean, merge
from render_worker.facts import (
    COVER,
    MAX_BLOCKS,
    MAX_HEADINGS,
    MAX_LINKS,
    MAX_NODES,
    MAX_TEXT,
    Cover,
    PageFacts,
    read_cover,
    read_facts,
)
from render_worker.tab import Tab
from render_worker.traffic import Traffic
from render_worker.words import MAX_DRAWN, WORDS_BOUNDS, read_words
from services.contract.words import PageWords

MOMENT = 3_000
"""Page milliseconds at which a page is photographed: what a visitor sees who lets it load, timers and simulated
requests included."""

LATER = 4_000
"""Page milliseconds after which the home page is looked at again."""

MAX_HEIGHT = 6_000
"""CSS pixels of a page that are photographed."""

SCROLL_MILLISECONDS = 100
MAX_ANIMATIONS = 2_000
DRAWN = "drawn"
"""Kind of the guard's reports of texts on canvases."""

MEASURE = {
    "links": MAX_LINKS,
    "blocks": MAX_BLOCKS,
    "nodes": MAX_NODES,
    "text": MAX_TEXT,
    "headings": MAX_HEADINGS,
}


@dataclass  # Without slots: Playwright leaves an attribute on the owner of every handler.
class PageVisit:
    """One page's visit, filled in while it goes on: a browser may be killed at any point.

    Attributes:
        route: path from the origin's root.
        shot_name: name of its screenshot.
        reports: errors as told by the page's guard and by the protocol.
        notes: what the page did besides, by name.
        suppressed: in which ways it keeps errors from being seen, as the guard names them.
        settled_by: ``quiet``: the screen had come to rest; ``motion``: it was still changing at `MOMENT`; ``cap``: its
            time had to be pushed on by real time; ``restless``: no document stayed. None: it never came so far.
        settled_ms: page milliseconds at which the screen last changed before the photograph.
        facts, cover: None where it was not measured.
        violations: what axe-core found; None where it was not asked.
        png: the screenshot of the first screen, or None.
        whole, later: the whole page, and the first screen `LATER`, where they were asked for.
        whole_height: CSS pixels that `whole` should have; ``looked_again``: whether there was a second look.
        mobile: visited at the size of a telephone.
        words: texts behind the first screen; None where they were not told.
        drawn: texts that the page drew on canvases.
        opened: the candidate's code may have run.
        crashed: its renderer crashed.
    """

    route: str
    shot_name: str
    traffic: Traffic
    reports: list[Report] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    suppressed: dict[str, None] = field(default_factory=dict)
    settled_by: str | None = None
    settled_ms: int | None = None
    facts: PageFacts | None = None
    cover: Cover | None = None
    violations: list[Violation] | None = None
    png: bytes | None = None
    whole: bytes | None = None
    later: bytes | None = None
    whole_height: int = 0
    looked_again: bool = False
    mobile: bool = False
    words: PageWords | None = None
    drawn: list[str] = field(default_factory=list)
    opened: bool = False
    crashed: bool = False

    @property
    def label(self) -> str:
        """How findings name the page."""
        return f"{self.route} at mobile width" if self.mobile else self.route

    def shots(self) -> dict[str, bytes]:
        """Every screenshot by its name, the first screen first."""
        stem = self.shot_name.removesuffix(".png")
        taken = {self.shot_name: self.png, f"{stem}-full.png": self.whole, f"{stem}-later.png": self.later}
        return {name: png for name, png in taken.items() if png is not None}

    @property
    def errors(self) -> list[PageError]:
        return merge(self.reports, self.traffic.refused, self.traffic.missing.keys())

    @property
    def excused(self) -> int:
        """Distinct errors that the page's guard told as caused by our refusals, or by the want of a visitor."""
        return len({(report.kind, report.text) for report in self.reports if report.cause is not Cause.PAGE})

    def hear_page(self, event: dict[str, Any]) -> None:
        """A report of the page's guard. The page does not know the channel, but is not trusted with its shape."""
        kind, _, rest = str(event.get("payload", "")).partition(" ")
        cause, _, told = rest.partition(" ")
        if kind == Note.SUPPRESSED:
            self.suppressed[clean(told)] = None
        elif kind in tuple(Note):
            self.notes[kind] += 1
        elif kind == DRAWN:
            if len(self.drawn) < MAX_DRAWN:
                self.drawn.append(clean(told))
        elif kind in tuple(Kind) and cause in tuple(Cause):
            self._add(Report(Kind(kind), clean(told), "page", cause=Cause(cause)))

    def hear_crash(self) -> None:
        self.crashed = True

    def hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            # What a page writes comes with its values; what the browser says has none.
            witness = "protocol" if message.args or not message.text else "browser"
            url = str(message.location.get("url", ""))
            self._add(Report(Kind.CONSOLE, clean(message.text), witness, clean(url)))

    def hear_exception(self, error: PlaywrightError) -> None:
        self._add(Report(Kind.ERROR, clean(error.message), "protocol"))

    def _add(self, report: Report) -> None:
        # Each witness has a bound of its own, so that none can drown another.
        if sum((kept.witness, kept.cause) == (report.witness, report.cause) for kept in self.reports) < MAX_REPORTS:
            self.reports.append(report)


async def look(tab: Tab, url: str, seen: PageVisit, *, measured: bool = True) -> None:
    """Open the address, photograph the first screen and measure what it shows.

    Args:
        measured: what covers the screen and which words are on it is asked for besides.

    Raises:
        PlaywrightError: the page or the browser went away; `seen` holds what was learnt until then.
        PageHung: the page does not give way.
    """
    seen.opened = True
    await tab.open(url)
    await tab.clock.run(MOMENT)
    seen.settled_by = _settled_by(tab, seen)
    seen.settled_ms = tab.clock.changed
    await _finish(tab)
    seen.facts = read_facts(await _ask_before(tab, "facts", MEASURE))
    seen.png = await camera.first_screen(tab.clock)
    if measured:
        await _measure(tab, seen)


async def _ask_before(tab: Tab, script: str, options: dict[str, Any]) -> object:
    """Ask right before a picture. All is of one instant, but asking settles the page's style at it: so what moves for
    ever stands at the same place in every picture of that instant, whatever else the page still has to do."""
    return await tab.ask(script, options)


async def _measure(tab: Tab, seen: PageVisit) -> None:
    told = await tab.ask_all({"cover": dict(COVER), "words": dict(WORDS_BOUNDS)})
    seen.cover = read_cover(told["cover"])
    seen.words = read_words(told["words"], seen.drawn, seen.traffic.site.read)


def _settled_by(tab: Tab, seen: PageVisit) -> str:
    if seen.traffic.restless:
        return "restless"
    if tab.clock.stalled:
        return "cap"
    return "quiet" if tab.clock.at_rest else "motion"


async def look_again(tab: Tab, seen: PageVisit) -> None:
    """The first screen `LATER`; kept only if it is another. Raises as `look`."""
    await tab.clock.run(tab.clock.now + LATER)
    await _finish(tab)
    await _ask_before(tab, "finish", {"animations": 0, "hold": False})
    picture = await camera.first_screen(tab.clock)
    seen.looked_again = picture is not None
    seen.later = None if picture == seen.png else picture


async def _finish(tab: Tab, *, hold: bool = False) -> None:
    """``hold`` stops what moves for good: a whole page is photographed in as many frames as the browser needs."""
    if await tab.ask("finish", {"animations": MAX_ANIMATIONS, "hold": hold}):
        await tab.clock.step(FRAME)
    await tab.clock.step(FRAME)


async def look_at_all(tab: Tab, seen: PageVisit, width: int, height: int) -> None:
    """The whole page down to `MAX_HEIGHT`, after it was scrolled through once, so that what appears on scrolling has
    appeared. Raises as `look`."""
    bottom = await _scroll(tab, 0, height)
    for top in range(height, min(bottom, MAX_HEIGHT), height):
        bottom = max(bottom, await _scroll(tab, top, height))
        await tab.clock.step(SCROLL_MILLISECONDS)
    await _scroll(tab, 0, height)
    await tab.clock.step(SCROLL_MILLISECONDS)
    await _finish(tab, hold=True)
    seen.whole_height = min(await _scroll(tab, 0, height), MAX_HEIGHT)
    seen.whole = await camera.whole_page(tab.session, tab.clock, (width, height), seen.whole_height)


async def _scroll(tab: Tab, top: int, at_least: int) -> int:
    tall = await tab.ask("scroll", {"top": top})
    return max(at_least, tall) if isinstance(tall, int) else at_least
