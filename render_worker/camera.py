"""Photographs, taken over the protocol. The same pixels are the same bytes."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from playwright.async_api import CDPSession

from render_worker.clock import FRAME, FRAME_SECONDS, PageClock

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


async def whole_page(session: CDPSession, clock: PageClock, screen: tuple[int, int], height: int) -> bytes | None:
    """The page down to `height`, laid out for a `screen` (CSS pixels) that is not so tall: what is as tall as the
    screen stays so. Frames of one instant are drawn until the browser has what it needs.

    Raises:
        FrameLost: a frame was not drawn in time.
    """
    clip = {"x": 0, "y": 0, "width": screen[0], "height": height, "scale": 1}
    # A window that grows while its picture is being taken is now and then not drawn for seconds: it grows before.
    await _show(session, clock, screen, clip)
    await clock.draw()
    picture = await _captured(session, clock, clip)
    await _show(session, clock, screen, None)
    return picture


async def _show(session: CDPSession, clock: PageClock, screen: tuple[int, int], clip: dict[str, int] | None) -> None:
    """Show so much of the page, of which the page itself notices nothing."""
    width, height = screen
    size = {"width": width, "height": height, "screenWidth": width, "screenHeight": height}
    turned = {"angle": 0, "type": "landscapePrimary"}
    metrics: dict[str, Any] = {**size, "deviceScaleFactor": 1, "mobile": False, "screenOrientation": turned}
    if clip is not None:
        metrics["viewport"] = clip
    await clock.patience.of(session.send("Emulation.setDeviceMetricsOverride", metrics), FRAME_SECONDS)


async def _captured(session: CDPSession, clock: PageClock, clip: dict[str, int]) -> bytes | None:
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
