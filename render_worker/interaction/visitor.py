"""One page, opened for touching: looked at, and its controls used. Acts; what it means is ruled in `effects`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from render_worker import probe
from render_worker.interaction import bounds
from render_worker.interaction.controls import Action, Control, find, path_of
from render_worker.interaction.ear import START, Ear, Mark
from render_worker.interaction.effects import Touch
from render_worker.interaction.hands import Hands
from render_worker.interaction.values import BY_KEYS, WORDS, value_for
from render_worker.interaction.views import Restless, Survey, differences, read_survey, view_of
from render_worker.pages import route_key
from render_worker.site import Site
from render_worker.tab import Tab, Window
from render_worker.traffic import Traffic
from render_worker.visit import SCROLL_MILLISECONDS

SURVEY = {
    "elements": bounds.MAX_ELEMENTS,
    "controls": bounds.MAX_CONTROLS,
    "text": bounds.MAX_TEXT,
    "label": bounds.MAX_LABEL,
    "canvas": bounds.CANVAS_CELLS,
    "whole": bounds.WHOLE_PAGE,
}


class Unseen(Exception):
    """The page keeps itself from being looked at."""


@dataclass(frozen=True, slots=True)
class Aim:
    """A point in the viewport, and whether the control is what is met there."""

    x: int
    y: int
    hit: bool


@dataclass(frozen=True, slots=True)
class Visitor:
    """Every method raises as `Patience.of`, `Unseen`, and what `check` raises.

    Attributes:
        check: called before time passes: whether there is enough left to go on.
        restless: what changes on this page without a touch.
        height: of the viewport in CSS pixels.
    """

    tab: Tab
    ear: Ear
    hands: Hands
    restless: Restless
    height: int
    check: Callable[[], None]

    async def open(self, url: str) -> None:
        """The page, come to rest."""
        await self.tab.open(url)
        await self.wait(bounds.OPENING)
        await self.see_all()

    async def wait(self, frames: Sequence[int]) -> None:
        for milliseconds in frames:
            self.check()
            await self.tab.clock.step(milliseconds)

    async def survey(self) -> Survey:
        survey = read_survey(await self.tab.ask("survey", SURVEY))
        if survey is None:
            raise Unseen
        return survey

    async def see_all(self) -> None:
        """Scroll the page through once, so that what appears on scrolling has appeared."""
        height, top = self.height, 0
        tall = 2 * height
        while top + height < min(tall, bounds.MAX_SEEN):
            top += height
            told = await self.tab.ask("scroll", {"top": top})
            tall = told if isinstance(told, int) else 0
            await self.wait((SCROLL_MILLISECONDS,))
        await self.tab.ask("scroll", {"top": 0})
        await self.wait(bounds.SETTLE)

    async def idle(self) -> None:
        """Learn what changes, and what errors are heard since the page was opened, without a touch."""
        before = view_of(await self.survey())
        for _ in range(bounds.IDLE_PERIODS):
            await self.wait(bounds.IDLE)
            after = view_of(await self.survey())
            self.restless.add(differences(before, after))
            before = after
        self.ear.usual.update(self.ear.errors_since(START))

    async def press_nothing(self) -> bool:
        """Learn what changes wherever the page is pressed: on an empty spot, twice, since a first press may close
        something or take the focus from it. Returns whether the page was left by that."""
        documents, before = self.ear.traffic.documents, await self.survey()
        spot = await self.tab.ask("spot", bounds.GROUND)
        if before.modals or not isinstance(spot, dict) or not all(isinstance(spot.get(key), int) for key in "xy"):
            return False
        await self.hands.point(spot["x"], spot["y"])
        await self.wait(bounds.HOVER)
        await self.hands.press(spot["x"], spot["y"])
        await self.wait(bounds.SOON)
        ready = await self.survey()
        await self.hands.press(spot["x"], spot["y"])
        await self.wait((*bounds.SOON, *bounds.LATE))
        after = await self.survey()
        if self.ear.traffic.documents > documents or route_key(after.url) != route_key(before.url):
            return True
        self.restless.add(differences(view_of(ready), view_of(after)))
        return False

    async def aim(self, control: Control, survey: Survey) -> Aim | None:
        """Bring the control into view; None where this survey, of a moment ago, has none like it."""
        place = find(control, survey.controls)
        return None if place is None else await self._aim(place)

    async def _aim(self, place: int | None) -> Aim | None:
        told = await self.tab.ask("aim", {"index": place})
        if not isinstance(told, dict) or not all(isinstance(told.get(key), int) for key in ("x", "y", "hit")):
            return None
        return Aim(told["x"], told["y"], bool(told["hit"]))

    async def touch(self, control: Control, aim: Aim) -> Touch | None:
        """Point at the control and use it. None: it fled from the pointer, or something came over it."""
        mark, before = self.ear.mark(), await self.survey()
        await self.hands.point(aim.x, aim.y)
        await self.wait(bounds.HOVER)
        again = await self._aim(None)
        if again is None or not again.hit:
            return None
        ready, documents, held = await self.survey(), self.ear.traffic.documents, await self._held(control)
        await self._use(control, again)
        soon, last, scrolled = await self._watch(ready, mark, documents)
        return Touch(
            before=view_of(before),
            ready=view_of(ready),
            soon=view_of(soon),
            last=view_of(last),
            scrolled=scrolled,
            url_before=ready.url,
            url_after=last.url,
            reloaded=self.ear.traffic.documents > documents,
            asked=tuple(self.ear.asked[mark.asked :]),
            errors=tuple(self.ear.errors_since(mark)),
            accepted=await self._accepted(control, held),
        )

    async def _watch(self, ready: Survey, mark: Mark, documents: int) -> tuple[Survey, Survey, int]:
        """What is seen shortly after, what once it must have lasted, and how far the page moved."""
        await self.wait(bounds.SOON)
        soon = await self.survey()
        if self._is_same(ready, soon):
            await self.wait(bounds.LATE)
            soon = await self.survey()
        if self._is_same(ready, soon) and self.ear.traffic.documents == documents:
            return soon, soon, 0
        if self.ear.traffic.documents > documents or route_key(soon.url) != route_key(ready.url):
            await self.wait(bounds.ARRIVAL)
            return soon, await self.survey(), 0
        await self.wait(bounds.LAST)
        last = await self.survey()
        scrolled = last.scroll - ready.scroll
        if scrolled:
            await self.tab.ask("scroll", {"top": ready.scroll})
            await self.wait(bounds.SETTLE)
            last = await self.survey()
        return soon, last, scrolled

    def _is_same(self, one: Survey, other: Survey) -> bool:
        same = (one.url, one.scroll, one.modals) == (other.url, other.scroll, other.modals)
        return same and not self.restless.calm(differences(view_of(one), view_of(other)))

    async def _use(self, control: Control, aim: Aim) -> None:
        await self.hands.press(aim.x, aim.y)
        if control.action is Action.SUBMIT and control.type not in ("submit", "image"):
            await self.hands.key("Enter")
        elif control.action is Action.FILL:
            await self._fill(control)
        elif control.tag == "select":
            await self.wait(bounds.SOON[:1])
            await self._choose("ArrowDown", "ArrowUp", "Enter")
        elif control.type == "range":
            await self._choose("ArrowRight", "ArrowLeft")

    async def _choose(self, onward: str, back: str, *close: str) -> None:
        held = await self.tab.ask("field", {})
        for name in (onward, *close):
            await self.hands.key(name)
        await self.wait(bounds.SOON[:1])
        if await self.tab.ask("field", {}) == held:
            await self.hands.key(back)

    async def _fill(self, control: Control) -> None:
        if control.type not in BY_KEYS:
            return await self.hands.write(value_for(control))
        for _ in range(bounds.DATE_PARTS):
            await self.hands.key("ArrowLeft")
        return await self.hands.type(value_for(control))

    async def _held(self, control: Control) -> object:
        return await self.tab.ask("field", {}) if control.is_field else None

    async def _accepted(self, control: Control, before: object) -> bool | None:
        """Whether the field holds another value than before, or what was written."""
        after = await self._held(control)
        return after != before or after == value_for(control) if control.is_field else None

    async def go_through_history(self, by: int) -> Touch | None:
        """Back or forward by the browser. None where there is no such entry."""
        mark, before, documents = self.ear.mark(), await self.survey(), self.ear.traffic.documents
        if not await self.hands.history(by):
            return None
        await self.wait((*bounds.SOON, *bounds.ARRIVAL))
        after = await self.survey()
        view = view_of(before)
        return Touch(
            view,
            view,
            view_of(after),
            view_of(after),
            url_before=before.url,
            url_after=after.url,
            reloaded=self.ear.traffic.documents > documents,
            errors=tuple(self.ear.errors_since(mark)),
        )


@asynccontextmanager
async def visitor(
    window: Window, site: Site, url: str, restless: Restless, usual: set[str], check: Callable[[], None]
) -> AsyncIterator[Visitor]:
    """A tab for the page at `url`, gone on leaving; nothing is opened in it yet.

    Raises:
        PlaywrightError: the browser is gone.
    """
    ear = Ear(path_of(url), "", Traffic(site), usual=usual)
    async with window.tab(ear) as tab:
        ear.listen(tab.page)
        await tab.page.add_init_script(probe.call("consent", {"text": WORDS}))
        yield Visitor(tab, ear, Hands(tab), restless, window.height, check)
