"""Photographs, taken over the protocol. The same pixels are the same bytes."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from playwright.async_api import CDPSession

from render_worker.clock import FRAME, PageClock

PNG = {"format": "png", "optimizeForSpeed": True}
ATTEMPTS = 8


async def first_screen(clock: PageClock) -> bytes | None:
    """The viewport; None where the page shows no frame, for example because its document has no body."""
    for _ in range(ATTEMPTS):
        frame = await clock.draw(screenshot=PNG)
        if frame.get("screenshotData"):
            return base64.b64decode(frame["screenshotData"])
        await clock.step(FRAME)
    return None


async def whole_page(session: CDPSession, clock: PageClock, width: int, height: int) -> bytes | None:
    """The page down to `height`. Frames of one instant are drawn until the browser has what it needs."""
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    wanted: dict[str, Any] = {**PNG, "captureBeyondViewport": True, "clip": clip}
    capture = asyncio.ensure_future(session.send("Page.captureScreenshot", wanted))
    try:
        for _ in range(10 * ATTEMPTS):
            # A frame after the one that the picture was taken of may never be drawn: whichever comes first.
            drawn = asyncio.ensure_future(clock.draw())
            await asyncio.wait({capture, drawn}, return_when=asyncio.FIRST_COMPLETED)
            if not capture.done():
                await drawn
            drawn.cancel()
            if (await asyncio.wait({capture}, timeout=0.02))[0]:
                return base64.b64decode(capture.result()["data"])
        return None
    finally:
        capture.cancel()
