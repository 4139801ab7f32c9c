"""Which browser renders, and how it is started: inside the sandbox, driven over a pipe (`render_worker.host` says how
long it lives)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from render_worker.driver import launch, open_driver
from services.errors import ToolchainError
from services.sandbox.protocol import Limits, LongWatch, Mount, Sandbox, SandboxJob, Watch
from services.settings import RenderSettings
from services.settings.browsers import MEND, find_browser
from services.settings.page_kit import PageKit, require_page_kit

LIMITS = Limits(cpu_seconds=45.0, wall_seconds=180.0, memory_bytes=1_500_000_000, processes=200)
"""Of one evaluation, home and all routes together, and of the browser's start. A page that does not give way is ended
sooner (`render_worker.patience`)."""

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
    "--disable-blink-features=AutomationControlled",
)
"""Beside Playwright's own: the same glyphs on every machine, no name is ever looked up, a frame is drawn when we
ask for one, whole, and at no other time (`render_worker.clock`), and pages are not told that nobody looks
(``navigator.webdriver``)."""

IN_EVERY_SANDBOX = Path("/usr")

ENVIRONMENT = {
    "HOME": "/tmp",  # noqa: S108 - the sandbox's own, gone with it
    "TMPDIR": "/tmp",  # noqa: S108
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}


PROFILE = "/tmp/profile"  # noqa: S108 - the sandbox's own
_START = ("/bin/sh", "-c", f'exec "$0" "$@" --user-data-dir={PROFILE}')
"""Playwright names a folder of this machine for the profile; the last one named counts."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A started browser and what its sandbox says of its whole life."""

    browser: Browser
    watch: LongWatch


@dataclass(frozen=True, slots=True)
class Running:
    """A started browser on one job, and the job's own account."""

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
    return SandboxJob((*_START, str(real), *FLAGS), mounts=mounts, environment=environment, limits=LIMITS)


@asynccontextmanager
async def open_browser(
    settings: RenderSettings, sandbox: Sandbox, *, own_sandbox: bool = True
) -> AsyncIterator[Opened]:
    """A fresh browser; on leaving, it, its driver and their files are gone.

    Args:
        own_sandbox: the browser's own sandbox is on, inside ours.

    Raises:
        NoOwnSandbox: it cannot be.
        BrowserError: it could not be started.
        SandboxError, ToolchainError: nor could what it needs.
    """
    with ExitStack() as stack:
        job = sandbox_job(require_browser(settings), require_page_kit(settings.tools))
        wrapped = stack.enter_context(sandbox.wrap(job))
        temporary = wrapped.executable.parent / "driver"
        temporary.mkdir()
        async with open_driver(temporary) as driver:
            browser = await launch(driver, wrapped.executable, own_sandbox=own_sandbox)
            try:
                yield Opened(browser, wrapped.watch)
            finally:
                with suppress(PlaywrightError):
                    await browser.close()
