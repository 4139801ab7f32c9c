"""A visitor's pointer and keyboard: real input by the protocol, which a page cannot tell from a person's, and which
meets what lies on top."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Error as PlaywrightError

from render_worker.clock import FRAME
from render_worker.interaction.bounds import ACK_SECONDS
from render_worker.patience import FrameLost
from render_worker.tab import Tab

_CODES = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}


@dataclass(frozen=True, slots=True)
class Hands:
    """Every method raises as `Patience.of`, but for a lost frame: an input that is never acknowledged was swallowed
    by a document on its way out."""

    tab: Tab

    async def point(self, x: int, y: int) -> None:
        """Move the pointer there. The browser tells the page of it with the next frame."""
        move = {"type": "mouseMoved", "x": x, "y": y, "button": "none"}
        moved = asyncio.ensure_future(self._send("Input.dispatchMouseEvent", move))
        try:
            await self.tab.clock.step(FRAME)
            await moved
        finally:
            moved.cancel()

    async def press(self, x: int, y: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1}
            await self._send("Input.dispatchMouseEvent", event)

    async def write(self, text: str) -> None:
        """Put the text in the place of what the focused field holds. Its last character comes by a key, for pages that
        listen to keys alone."""
        select_all = {"type": "rawKeyDown", "key": "a", "code": "KeyA", "modifiers": 2, "commands": ["selectAll"]}
        await self._send("Input.dispatchKeyEvent", select_all)
        await self._send("Input.dispatchKeyEvent", {"type": "keyUp", "key": "a", "code": "KeyA", "modifiers": 2})
        if len(text) > 1:
            await self._send("Input.insertText", {"text": text[:-1]})
        await self.type(text[-1:])

    async def type(self, text: str) -> None:
        """Press the keys of the text, one after the other."""
        for letter in text:
            key = {"key": letter, "text": letter, "windowsVirtualKeyCode": ord(letter.upper()) & 0xFF}
            await self._send("Input.dispatchKeyEvent", {"type": "keyDown", **key})
            await self._send("Input.dispatchKeyEvent", {"type": "keyUp", **key})

    async def key(self, name: str) -> None:
        key = {"key": name, "code": name, "windowsVirtualKeyCode": _CODES[name]}
        down = {"type": "keyDown", "text": "\r"} if name == "Enter" else {"type": "rawKeyDown"}
        await self._send("Input.dispatchKeyEvent", {**key, **down})
        await self._send("Input.dispatchKeyEvent", {**key, "type": "keyUp"})

    async def history(self, by: int) -> bool:
        """Go so many entries on, or back. Returns whether there was such an entry of the site."""
        known = await self.tab.patience.of(self.tab.session.send("Page.getNavigationHistory"))
        wanted = known["currentIndex"] + by
        if not 1 <= wanted < len(known["entries"]):  # The first is the empty page of a new tab.
            return False
        await self._send("Page.navigateToHistoryEntry", {"entryId": known["entries"][wanted]["id"]})
        return True

    async def _send(self, method: str, event: dict[str, Any]) -> None:
        try:
            await self.tab.patience.of(self.tab.session.send(method, event), ACK_SECONDS)
        except FrameLost:
            return
        except PlaywrightError:
            if self.tab.page.is_closed():
                raise
