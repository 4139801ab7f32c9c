"""The controls of a site, tried one after the other within bounds. What harm a page does here ends this alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from math import inf

from playwright.async_api import Error as PlaywrightError

from render_worker.browser import LIMITS
from render_worker.interaction import bounds
from render_worker.interaction.choice import Unit, choose
from render_worker.interaction.controls import Action, Control, numbered, path_of
from render_worker.interaction.effects import Effect, Touch, effect_of
from render_worker.interaction.record import Ended, Interaction, Step
from render_worker.interaction.views import Restless
from render_worker.interaction.visitor import Aim, Unseen, Visitor, visitor
from render_worker.pages import route_key
from render_worker.patience import FrameLost, PageHung
from render_worker.site import Site, is_own
from render_worker.tab import Window
from services.errors import InternalError
from services.sandbox.protocol import Watch

BROWSER = Control(tag="browser")
"""Stands for its buttons back and forward."""


class Spent(Exception):
    """A bound of `bounds` is reached."""


@dataclass(slots=True)
class Purse:
    """What is spent on one site.

    Attributes:
        watch: the evaluation's account, to which its visits were charged.
        until: moment of `time.monotonic` at which the evaluation's time is over.
        cpu_before: seconds that the browser had spent when this began.
        milliseconds: page time on pages that are closed; ``openings``: so many were opened.
    """

    watch: Watch
    until: float
    cpu_before: float
    milliseconds: int = 0
    openings: int = 0

    def check_rest(self) -> None:
        """Raises:
        Spent: too little of the evaluation's limits is left for a page that does not give way.
        """
        cpu_left, left = LIMITS.cpu_seconds - self.watch.cpu_seconds, self.until - time.monotonic()
        if cpu_left <= bounds.CPU_RESERVE or left <= bounds.WALL_RESERVE:
            raise Spent

    def check(self, steps: int, milliseconds: int) -> None:
        """Raises:
        Spent: as `check_rest`, and after so many steps, and page milliseconds on the page that is open.
        """
        self.check_rest()
        spent = (
            steps >= bounds.MAX_STEPS,
            self.openings >= bounds.MAX_OPENINGS,
            self.milliseconds + milliseconds >= bounds.MAX_PAGE_MILLISECONDS,
            self.watch.cpu_seconds - self.cpu_before >= bounds.MAX_CPU_SECONDS,
        )
        if any(spent):
            raise Spent


async def try_site(
    window: Window, site: Site, home: str, routes: Sequence[str], into: Interaction, *, until: float = inf
) -> None:
    """Try controls of the home page and of the first routes. A page that hangs, crashes or is not drawn ends this and
    nothing else: nothing of the kind is raised.

    Args:
        home, routes: absolute addresses.
        into: filled in.
        until: moment of `time.monotonic` at which the evaluation's time is over.
    """
    purse = Purse(window.watch, until, window.watch.cpu_seconds)
    wanted = [(home, bounds.HOME_TRIES), *((route, bounds.ROUTE_TRIES) for route in routes[: bounds.MAX_ROUTES])]
    for url, most in wanted:
        trial = PageTrial(window, site, url, into, purse)
        ended = await _how_it_ends(trial, most)
        if ended != "done":
            return into.end(ended)
    return None


async def _how_it_ends(trial: PageTrial, most: int) -> Ended:
    try:
        await trial.run(most)
    except Spent:
        return "budget"
    except PageHung:
        return "hung"
    except Unseen:
        return "crashed"
    except FrameLost:
        return "lost"
    except PlaywrightError:
        return "crashed" if trial.blamed else "lost"
    return "done"


async def _limited(watch: Watch) -> bool:
    """Whether a limit that the page alone can reach ended the browser: told a moment after its pipe closed."""
    late = asyncio.get_running_loop().time() + bounds.DEATH_SECONDS
    while watch.limit_hit is None and asyncio.get_running_loop().time() < late:
        await asyncio.sleep(0.05)
    return watch.limit_hit not in (None, "wall")


@dataclass(slots=True)
class PageTrial:
    """The trial of one page's controls. Methods raise as `Visitor`'s do, and `Spent`.

    Attributes:
        blamed: after a `PlaywrightError`: the page brought it about.
        _touches: attempts since the page was opened anew.
    """

    window: Window
    site: Site
    url: str
    record: Interaction
    purse: Purse
    blamed: bool = False
    _restless: Restless = field(default_factory=Restless)
    _usual: set[str] = field(default_factory=set)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _here: Visitor | None = None
    _touches: int = 0

    @property
    def here(self) -> Visitor:
        if self._here is None:
            raise InternalError("no page is open")
        return self._here

    async def _is_to_blame(self) -> bool:
        """Whether the page ended itself or its browser: its renderer crashed, a limit was reached, or it closed itself.
        Asked while its tab is ours to close; a browser that ends takes every page with it, and tells so last."""
        if self._here is not None and self._here.ear.crashed:
            return True
        if await _limited(self.window.watch):
            return True
        browser = self.window.context.browser
        return self._here is not None and self._here.tab.page.is_closed() and bool(browser and browser.is_connected())

    async def run(self, most: int) -> None:
        """Try at most so many of its controls."""
        self._now("the page", Action.PRESS)
        try:
            await self._anew()
            await self.here.idle()
            if await self.here.press_nothing():
                await self._anew()
            survey = await self.here.survey()
            self.record.found += survey.found
            for unit in choose(numbered(survey.controls), self.url, most):
                for control in with_enter(unit):
                    self.purse.check(len(self.record.steps), self.here.tab.clock.now)
                    await self._try(control)
        except PlaywrightError:
            self.blamed = await self._is_to_blame()
            raise
        finally:
            await self._stack.aclose()

    async def _anew(self) -> None:
        self.purse.milliseconds += self.here.tab.clock.now if self._here else 0
        self.purse.openings += 1
        self._touches, self._here = 0, None
        await self._stack.aclose()
        opening = visitor(self.window, self.site, self.url, self._restless, self._usual, self.purse.check_rest)
        self._here = await self._stack.enter_async_context(opening)
        await self.here.open(self.url)

    async def _try(self, control: Control) -> None:
        self._now(control.name, control.action)
        touch, effect = await self._attempt(control)
        if effect is Effect.NOTHING and control.action is Action.PRESS and self._touches > 1:
            # An earlier step may have swallowed it: a field that loses the focus can move what was aimed at.
            await self._anew()
            touch, effect = await self._attempt(control)
        self._note(effect, touch)
        if touch and (touch.reloaded or route_key(touch.url_before) != route_key(touch.url_after)):
            if effect is Effect.NAVIGATION and is_own(touch.url_after):
                await self._use_history()
            await self._return(touch)

    async def _attempt(self, control: Control) -> tuple[Touch | None, Effect]:
        aim = await self._reach(control)
        touch = await self.here.touch(control, aim) if aim else None
        self._touches += 1
        return touch, effect_of(control, touch, self._restless) if touch else Effect.COVERED

    async def _return(self, touch: Touch) -> None:
        """Back on the page, by history where no document was loaded for it."""
        if not touch.reloaded and route_key(self.here.tab.page.url) != route_key(self.url):
            await self.here.hands.history(-1)
            await self.here.wait(bounds.ARRIVAL)
        if touch.reloaded or route_key(self.here.tab.page.url) != route_key(self.url):
            await self._anew()

    async def _reach(self, control: Control) -> Aim | None:
        """The control in view and free: as the page stands, else with what covers it closed, else on the page opened
        anew."""
        aim = await self.here.aim(control, await self.here.survey())
        if aim and not aim.hit:
            await self.here.hands.key("Escape")
            await self.here.wait(bounds.SETTLE)
            aim = await self.here.aim(control, await self.here.survey())
        if not aim or not aim.hit:
            await self._anew()
            aim = await self.here.aim(control, await self.here.survey())
        return aim if aim and aim.hit else None

    async def _use_history(self) -> None:
        """After the first step to another page of the site: back, forward, and back again."""
        if any(step.action is Action.BACK for step in self.record.steps):
            return
        for action, by in ((Action.BACK, -1), (Action.FORWARD, 1), (Action.BACK, -1)):
            self._now("history", action)
            went = await self.here.go_through_history(by)
            if went is None:
                return
            self._note(effect_of(BROWSER, went, self._restless), went)

    def _now(self, name: str, action: Action) -> None:
        self.record.now = (path_of(self.url), name, action)

    def _note(self, effect: Effect, touch: Touch | None) -> None:
        error = touch.errors[0] if touch and touch.errors else ""
        self.record.steps.append(Step(*self.record.now, effect, error))


def with_enter(unit: Unit) -> Unit:
    """A form without anything to submit it by is submitted by Enter in its last field of text."""
    fields = [control for control in unit if control.takes_enter]
    if not fields or any(control.action is Action.SUBMIT for control in unit):
        return unit
    return (*unit, fields[-1].model_copy(update={"submits": True}))
