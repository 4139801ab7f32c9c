"""A page's own time. It passes when we say so, in steps, and a frame is drawn at the end of each: timers, animations,
observers and frames come in the same order on every machine and under every load, and waiting costs next to nothing.
While the page waits for its files, its time stands still."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession
from playwright.async_api import Error as PlaywrightError

from render_worker.patience import Patience
from services.errors import BrowserError
from services.settings.browsers import MEND

EPOCH_SECONDS = 1_767_614_400
"""Every page starts at 2026-01-05T12:00:00Z, so that dates on pages do not differ from one run to the next."""

FRAME = 16
MOTION = 33
MAX_MOTION_FRAMES = 90
SLOW_MOTION = 100
LONGEST = 250
"""Milliseconds between frames: the first; of a page in motion, for so many frames, and then; of one at rest, growing
up to the longest."""

REST = 500
"""Milliseconds without a change on the screen after which a page is at rest."""

STALL_SECONDS = 20.0
"""Real time after which no step of the page waits any longer for files that do not come."""

FRAME_SECONDS = 15.0
"""Real time within which a frame is drawn, unless the page's own work holds it up."""

MAX_TASKS = 20_000
"""Tasks that a page may run within one instant before its time is pushed on."""


@dataclass
class PageClock:
    """Attributes:
    restless: whether the page has passed the bound on requests: then nothing is waited for.
    now: page milliseconds.
    changed: when the screen last changed.
    stalled: a step had to be pushed on by `STALL_SECONDS`.
    """

    session: CDPSession
    patience: Patience
    restless: Callable[[], bool]
    now: int = 0
    changed: int = 0
    stalled: bool = False
    _base: float = 0.0
    _still: int = 0
    _step: int = FRAME
    _in_motion: int = 0
    _stepped: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def at_rest(self) -> bool:
        return self.now - self.changed >= REST

    async def start(self) -> None:
        """Hold time, before the page's address is opened.

        Raises:
            BrowserError: the browser draws frames when it wants to, as all but headless shells do.
        """
        try:
            await self._send("HeadlessExperimental.enable", {})
        except PlaywrightError as error:
            if "wasn't found" not in error.message:
                raise
            raise BrowserError(
                f"this browser draws no frames on demand; a headless shell does. Mend: {MEND}"
            ) from error
        self.session.on("Emulation.virtualTimeBudgetExpired", lambda _: self._stepped.set())
        held = await self._send(
            "Emulation.setVirtualTimePolicy", {"policy": "pause", "initialVirtualTime": EPOCH_SECONDS}
        )
        self._base = held["virtualTimeTicksBase"]

    async def run(self, until: int) -> None:
        """Let time pass up to `until` page milliseconds, in steps as fine as what is to be seen asks for."""
        while self.now < until:
            changed = await self.step(min(self._step, until - self.now))
            self._step = self._next_step(changed)

    def _next_step(self, changed: bool) -> int:
        if not changed:
            return min(LONGEST, self._step * 2)
        self._in_motion += 1
        return MOTION if self._in_motion <= MAX_MOTION_FRAMES else SLOW_MOTION

    async def step(self, milliseconds: int) -> bool:
        """Let so much time pass and draw a frame. Returns whether the screen changed."""
        self._stepped.clear()
        await self._allow("pauseIfNetworkFetchesPending", milliseconds)
        await self.patience.of(self._until_stepped(milliseconds))
        self.now += milliseconds
        self._still = 0
        frame = await self.draw()
        if frame.get("hasDamage", False):
            self.changed = self.now
        return self.changed == self.now

    async def draw(self, **wanted: Any) -> dict[str, Any]:
        """Draw a frame of this instant; ``screenshot`` asks for its picture.

        Raises:
            FrameLost: it was not drawn within `FRAME_SECONDS`.
        """
        at = self._base + self.now + self._still / 1_000
        self._still += 1
        frame = {"frameTimeTicks": at, "interval": float(FRAME), **wanted}
        return await self.patience.of(self._send("HeadlessExperimental.beginFrame", frame), FRAME_SECONDS)

    async def _until_stepped(self, milliseconds: int) -> None:
        loop = asyncio.get_running_loop()
        late = loop.time() + STALL_SECONDS
        pushed = False
        while not self._stepped.is_set():
            try:
                await asyncio.wait_for(self._stepped.wait(), 0.25)
            except TimeoutError:
                if not pushed and (self.stalled or self.restless() or loop.time() > late):
                    pushed = True
                    self.stalled = self.stalled or not self.restless()
                    await self._allow("advance", milliseconds)

    async def _allow(self, policy: str, milliseconds: int) -> None:
        budget = {"policy": policy, "budget": milliseconds, "maxVirtualTimeTaskStarvationCount": MAX_TASKS}
        await self.patience.of(self._send("Emulation.setVirtualTimePolicy", budget))

    async def _send(self, method: str, options: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await self.session.send(method, options)
        return answer
