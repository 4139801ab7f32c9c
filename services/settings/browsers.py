"""Which browser renders on this machine. Said once for the processes that install, start and examine it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from services.errors import ToolchainError
from services.settings.groups import ToolSettings

PROGRAMS = ("chromium-headless-shell", "chrome-headless-shell", "headless-shell", "headless_shell")
"""Headless shells alone: a full browser draws frames when it likes, and the pictures would differ."""

_FULL = re.compile(r"(google-)?(chrome|chromium)(-browser|-stable|-beta|-unstable)?|(microsoft|brave)-.*|msedge|brave")

PACKAGED = Path("browser-da86d02be9af6d1e", "headless-shell")
"""Below the folder of sets: the packaged browser, named by all that it is made from, whole wherever it is there."""

MEND = "`python -m build_worker.setup`, or `apt-get install chromium-headless-shell`, or set WEBGEN_TOOLS__BROWSER"

_STARTER_BYTES = 4_000


def find_browser(tools: ToolSettings) -> Path | None:
    """The browser's program file, a headless shell: the one set, else Playwright's own, else the system's, else the
    packaged one.

    Raises:
        ToolchainError: the one set is not there, or is a full browser.
    """
    if tools.browser is None:
        return installed_browser() or packaged_browser(tools)
    if not tools.browser.is_file():
        raise ToolchainError(f"the browser that WEBGEN_TOOLS__BROWSER names is not there: {tools.browser}")
    if _is_full(tools.browser):
        raise ToolchainError(f"WEBGEN_TOOLS__BROWSER names a full browser: {tools.browser}. Mend: {MEND}")
    return tools.browser


def installed_browser() -> Path | None:
    """Playwright's own or the system's."""
    return next(chain(_playwrights_own(), _of_the_system()), None)


def packaged_browser(tools: ToolSettings) -> Path | None:
    program = tools.place(PACKAGED.parent.name) / PACKAGED.name
    return program if program.is_file() else None


def _playwrights_own() -> Iterator[Path]:
    """The headless shells that ``playwright install`` left, newest first."""
    root = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright"
    found = [path for path in Path(root).glob("chromium_headless_shell-*/*/*headless*shell") if path.is_file()]
    yield from sorted(found, key=_build_number, reverse=True)


def _build_number(shell: Path) -> int:
    number = re.search(r"-(\d+)$", shell.parents[1].name)
    return int(number[1]) if number else 0


def _of_the_system() -> Iterator[Path]:
    for name in PROGRAMS:
        found = shutil.which(name)
        if found is not None and not _is_snap(Path(found)):
            yield Path(found)


def _is_full(program: Path) -> bool:
    """By its name. One under another name is told when it is asked for a frame (`render_worker.clock`)."""
    return any(_FULL.fullmatch(name) for name in (program.name, program.resolve().name))


def _is_snap(program: Path) -> bool:
    """A snap, or a script that starts one: its confinement does not start inside our sandbox."""
    real = program.resolve()
    if real.name == "snap":
        return True
    try:
        with real.open("rb") as file:
            start = file.read(_STARTER_BYTES)
    except OSError:
        return False
    return start.startswith(b"#!") and b"/snap/bin/" in start
