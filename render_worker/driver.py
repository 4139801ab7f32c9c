"""Playwright's driver, and a browser started by it. The driver keeps its temporary files in a folder of ours."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from services.errors import BrowserError

START_SECONDS = 40.0

_NO_SANDBOX = "No usable sandbox"
"""What Chromium says where the kernel gives it no namespaces of its own."""


class NoOwnSandbox(BrowserError):
    """The browser's own sandbox cannot start here."""


@asynccontextmanager
async def open_driver(temporary: Path) -> AsyncIterator[Playwright]:
    """A driver; gone on leaving.

    Args:
        temporary: where it makes its folders for profiles and artifacts.

    Raises:
        BrowserError: it could not be started.
    """
    try:
        with _temporary(temporary):
            driver = await async_playwright().start()
    except (PlaywrightError, OSError) as error:
        raise BrowserError(f"Playwright's driver could not be started: {error}") from error
    try:
        yield driver
    finally:
        await driver.stop()


async def launch(driver: Playwright, executable: Path, *, own_sandbox: bool) -> Browser:
    """Raises:
    NoOwnSandbox: as asked for with `own_sandbox`.
    BrowserError: it could not be started.
    """
    try:
        return await driver.chromium.launch(
            executable_path=executable,
            chromium_sandbox=own_sandbox,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=START_SECONDS * 1_000,
        )
    except PlaywrightError as error:
        kind = NoOwnSandbox if _NO_SANDBOX in str(error) else BrowserError
        raise kind(f"the browser could not be started: {str(error)[:1_500]}") from error


@contextmanager
def _temporary(folder: Path) -> Iterator[None]:
    """Playwright hands its driver this process's environment and takes no other."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before
