"""Which browser renders, and how it is started: one for every evaluation, inside the sandbox, driven over a pipe."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from services.errors import BrowserError, ToolchainError
from services.sandbox.protocol import Limits, Mount, Sandbox, SandboxJob, Watch
from services.settings import RenderSettings

LIMITS = Limits(cpu_seconds=20.0, wall_seconds=90.0, memory_bytes=1_500_000_000, processes=200)
"""Of one evaluation's browser: start, home and all routes together."""

START_SECONDS = 40.0

FLAGS = (
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-gpu-shader-disk-cache",
)
"""Beside Playwright's own: the same glyphs on every machine, and no name is ever looked up."""

PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")

FONT_CACHE = Path("/var/cache/fontconfig")
"""Without it every start reads all fonts anew."""

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


def find_browser(settings: RenderSettings) -> Path:
    """The browser's program file: the one set, else Playwright's own, else one of the system.

    Raises:
        ToolchainError: none is there; the message names the mend.
    """
    if settings.tools.browser is not None:
        if not settings.tools.browser.is_file():
            raise ToolchainError(f"the browser that WEBGEN_TOOLS__BROWSER names is not there: {settings.tools.browser}")
        return settings.tools.browser
    for found in (*_playwrights_own(), *_of_the_system()):
        return found
    raise ToolchainError("no browser: run `apt-get install chromium-headless-shell`, or set WEBGEN_TOOLS__BROWSER")


def _playwrights_own() -> Iterator[Path]:
    """The headless shells that ``playwright install`` left, newest first."""
    shells = (Path.home() / ".cache" / "ms-playwright").glob("chromium_headless_shell-*/*/*headless*shell")
    yield from sorted((path for path in shells if path.is_file()), reverse=True)


def _of_the_system() -> Iterator[Path]:
    for name in PROGRAMS:
        found = shutil.which(name)
        if found is not None:
            yield Path(found)


def sandbox_job(program: Path) -> SandboxJob:
    """The browser as a job: the program with our flags; Playwright adds its own after them. Of the machine it sees
    the system's folders, the font cache and its own folder."""
    real = program.resolve()
    folders = [FONT_CACHE] if FONT_CACHE.is_dir() else []
    if not real.is_relative_to(IN_EVERY_SANDBOX):
        folders.append(real.parent)
    mounts = tuple(Mount(folder, str(folder)) for folder in folders)
    return SandboxJob((str(real), *FLAGS), mounts=mounts, environment=ENVIRONMENT, limits=LIMITS)


@contextmanager
def open_browser(settings: RenderSettings, sandbox: Sandbox) -> Iterator[Running]:
    """A fresh browser; on leaving, it and its driver are gone.

    Playwright starts here and not at import: its driver does not survive a fork.

    Raises:
        BrowserError: it could not be started.
        SandboxError, ToolchainError: nor could what it needs.
    """
    with ExitStack() as stack:
        wrapped = stack.enter_context(sandbox.wrap(sandbox_job(find_browser(settings))))
        driver = stack.enter_context(_driver())
        browser = _launch(driver, wrapped.executable)
        stack.callback(_close, browser)
        yield Running(browser, wrapped.watch)


@contextmanager
def _driver() -> Iterator[Playwright]:
    try:
        manager = sync_playwright()
        driver = manager.start()
    except (PlaywrightError, OSError) as error:
        raise BrowserError(f"Playwright's driver could not be started: {error}") from error
    try:
        yield driver
    finally:
        driver.stop()


def _launch(driver: Playwright, executable: Path) -> Browser:
    try:
        return driver.chromium.launch(
            executable_path=executable,
            chromium_sandbox=True,
            handle_sigint=False,
            handle_sigterm=False,
            handle_sighup=False,
            timeout=START_SECONDS * 1_000,
        )
    except PlaywrightError as error:
        raise BrowserError(f"the browser could not be started: {str(error)[:1_500]}") from error


def _close(browser: Browser) -> None:
    with suppress(PlaywrightError):
        browser.close()
