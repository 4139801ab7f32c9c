"""Which browser renders, and how it is started: one for every evaluation, inside the sandbox, driven over a pipe."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from services.errors import BrowserError, ToolchainError
from services.sandbox.protocol import Limits, Mount, Sandbox, SandboxJob, Watch
from services.settings import RenderSettings
from services.settings.browsers import MEND, find_browser
from services.settings.page_kit import PageKit, require_page_kit

LIMITS = Limits(cpu_seconds=45.0, wall_seconds=180.0, memory_bytes=1_500_000_000, processes=200)
"""Of one evaluation's browser: start, home and all routes together. A page that does not give way is ended sooner
(`render_worker.patience`)."""

START_SECONDS = 40.0

FLAGS = (
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-gpu-shader-disk-cache",
    "--enable-begin-frame-control",
    "--run-all-compositor-stages-before-draw",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-checker-imaging",
    "--disable-image-animation-resync",
    "--disable-new-content-rendering-timeout",
)
"""Beside Playwright's own: the same glyphs on every machine, no name is ever looked up, and a frame is drawn when we
ask for one, whole, and at no other time (`render_worker.clock`)."""

IN_EVERY_SANDBOX = Path("/usr")

ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own, gone with it
    "TMPDIR": "/tmp",  # noqa: S108
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A started browser and what its sandbox says of it."""

    browser: Browser
    watch: Watch


def require_browser(settings: RenderSettings) -> Path:
    """The browser's program file, as `services.settings.browsers` looks for it.

    Raises:
        ToolchainError: none is there; the message names the mend.
    """
    found = find_browser(settings.tools)
    if found is None:
        raise ToolchainError(f"there is no browser. Mend: {MEND}")
    return found


def sandbox_job(program: Path, kit: PageKit) -> SandboxJob:
    """The browser as a job: the program with our flags; Playwright adds its own after them. Of the machine it sees
    the system's folders, the page kit and its own folder."""
    real = program.resolve()
    folders = [kit.folder]
    if not real.is_relative_to(IN_EVERY_SANDBOX):
        folders.append(real.parent)
    mounts = tuple(Mount(folder, str(folder)) for folder in folders)
    environment = {**ENVIRONMENT, **kit.environment}
    return SandboxJob((str(real), *FLAGS), mounts=mounts, environment=environment, limits=LIMITS)


@asynccontextmanager
async def open_browser(settings: RenderSettings, sandbox: Sandbox) -> AsyncIterator[Running]:
    """A fresh browser; on leaving, it and its driver are gone.

    Raises:
        BrowserError: it could not be started.
        SandboxError, ToolchainError: nor could what it needs.
    """
    with ExitStack() as stack:
        job = sandbox_job(require_browser(settings), require_page_kit(settings.tools))
        wrapped = stack.enter_context(sandbox.wrap(job))
        async with _driver() as driver:
            browser = await _launch(driver, wrapped.executable)
            try:
                yield Running(browser, wrapped.watch)
            finally:
                with suppress(PlaywrightError):
                    await browser.close()


@asynccontextmanager
async def _driver() -> AsyncIterator[Playwright]:
    try:
        driver = await async_playwright().start()
    except (PlaywrightError, OSError) as error:
        raise BrowserError(f"Playwright's driver could not be started: {error}") from error
    try:
        yield driver
    finally:
        await driver.stop()


async def _launch(driver: Playwright, executable: Path) -> Browser:
    try:
        return await driver.chromium.launch(
            executable_path=executable,
            chromium_sandbox=True,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=START_SECONDS * 1_000,
        )
    except PlaywrightError as error:
        raise BrowserError(f"the browser could not be started: {str(error)[:1_500]}") from error
