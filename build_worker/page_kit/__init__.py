"""The page kit: fonts for the scripts that ``fonts.json`` names, and axe-core, out of npm packages.

Their own code never runs here. Fonts lie in one folder with a configuration that knows no other, and their cache is
written once by the browser that will read it (each brings its own fontconfig): without it every start reads all of
them anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from build_worker.dependencies.classify import classify
from build_worker.dependencies.locks import aside, locked
from build_worker.dependencies.npm import Npm
from build_worker.node import find_node
from services.errors import RegistryError, ToolchainError
from services.settings import ToolSettings
from services.settings.page_kit import PAGE_KIT, PageKit

_SOURCE = Path(__file__).parent
_LOCK = ("package.json", "package-lock.json")
_CHOICE = "fonts.json"
"""Family of the packages -> its styles that are taken."""
_CONFIGURATION = "fonts.conf"
_INSTALL_SECONDS = 600.0
_START_SECONDS = 60.0
_TIME = 1_700_000_000
"""Of the fonts' folder, in whole seconds: a cache is believed while that is unchanged, and archives keep no more."""


def page_kit_hash() -> str:
    """Names the kit: its packages, and which of their fonts are used for what."""
    digest = hashlib.sha256()
    for name in (*_LOCK, _CHOICE, _CONFIGURATION):
        digest.update((_SOURCE / name).read_bytes())
    return digest.hexdigest()[:16]


def prepare_page_kit(tools: ToolSettings, registry: str | None = None) -> PageKit:
    """Install the kit where it is not yet.

    Raises:
        RegistryError: its packages cannot be fetched.
        ToolchainError: Node is missing, or it cannot be written.
    """
    kit = PageKit(tools.place(PAGE_KIT))
    try:
        with locked(tools.sets, kit.folder.name):
            if not kit.folder.is_dir():
                _install(kit.folder, Npm(find_node(tools), registry))
    except OSError as error:
        raise ToolchainError(f"fonts and axe-core cannot be written below {tools.sets}: {error}") from error
    return kit


def _install(folder: Path, npm: Npm) -> None:
    with aside(folder.parent) as new:
        for name in _LOCK:
            shutil.copyfile(_SOURCE / name, new / name)
        run = npm.install_locked(new, _INSTALL_SECONDS)
        if not run.succeeded:
            raise RegistryError(f"fonts and axe-core: {classify(run.output, timed_out=run.timed_out).message}")
        _choose(new)
        new.rename(folder)


def _choose(new: Path) -> None:
    """Keep what is used of the packages, with the fonts' licences."""
    packages = new / "node_modules"
    shutil.copyfile(packages / "axe-core" / "axe.min.js", PageKit(new).axe)
    shutil.copyfile(_SOURCE / _CONFIGURATION, new / _CONFIGURATION)
    for name in ("fonts", "licences", "cache"):
        (new / name).mkdir()
    for family, styles in json.loads((_SOURCE / _CHOICE).read_text()).items():
        package = packages / "@expo-google-fonts" / family
        shutil.copyfile(package / "LICENSE_FONT", new / "licences" / family)
        for style in styles:
            (font,) = (package / style).glob("*.ttf")
            shutil.copyfile(font, new / "fonts" / font.name)
    shutil.rmtree(packages)
    os.utime(new / "fonts", (_TIME, _TIME))


def bake(kit: PageKit, browser: Path) -> None:
    """Have the browser write the fonts' cache, where its own is not yet there: it has done so once it listens. It opens
    no page of anybody's.

    Raises:
        ToolchainError: it does not start.
    """
    command = (browser, "--headless", "--no-sandbox", "--remote-debugging-port=0", "about:blank")
    try:
        browsing = subprocess.Popen(
            command,
            env={**os.environ, **kit.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolchainError(f"the browser does not start: {error}") from error
    with browsing:
        too_late = threading.Timer(_START_SECONDS, _end, [browsing])
        too_late.start()
        try:
            _until_listening(browsing)
        finally:
            too_late.cancel()
            _end(browsing)


def _until_listening(browsing: subprocess.Popen[bytes]) -> None:
    said = b""
    for line in browsing.stderr or ():
        if line.startswith(b"DevTools listening"):
            return
        said = (said + line)[-400:]
    raise ToolchainError(f"the browser does not read the fonts: {said.decode('utf-8', 'replace').strip()}")


def _end(browsing: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(browsing.pid, signal.SIGKILL)
