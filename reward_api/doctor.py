"""Every prerequisite of the service on one machine: found or missing, its version, and what mends it.

What a worker needs, the worker says: it is asked as a process of its own, by module name.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from reward_api.embedded.folder import packaged_redis
from services.checks import Check, from_lines
from services.sandbox import make_sandbox
from services.settings import SandboxSettings

VERSION_SECONDS = 20.0
WORKER_SECONDS = 180.0
OLDEST_PYTHON = (3, 11)
OLDEST_BUBBLEWRAP = (0, 8)
"""The first that can forbid further user namespaces."""

WORKERS = {"build worker": ("build_worker.setup", "--check"), "render worker": ("render_worker.check",)}
_BUBBLEWRAP = "apt-get install bubblewrap"
_REDIS = "apt-get install redis-server, or pip install 'webgen-reward[embedded]'"


def examine(sandbox: SandboxSettings) -> list[Check]:
    """All checks, in the order in which a missing thing should be mended."""
    checks = [
        check_python(sys.version_info[:2]),
        check_bubblewrap(_version(_which("bwrap"))),
        check_sandbox(make_sandbox(sandbox).self_check()),
        check_redis(find_redis()),
    ]
    for name, command in WORKERS.items():
        checks += ask(name, command)
    return checks


def ask(name: str, command: Sequence[str]) -> list[Check]:
    """What a worker's own check says; one failed check where it says nothing."""
    argv = [sys.executable, "-P", "-m", *command]
    mend = f"python -m {' '.join(command)}, and read what it says"
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=WORKER_SECONDS, check=False
        )
        found = from_lines(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        return [Check(name, False, f"its check failed: {error}", mend)]
    last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
    return found or [Check(name, False, f"its check failed: {last[0][:200]}", mend)]


def check_python(version: Sequence[int]) -> Check:
    enough = tuple(version) >= OLDEST_PYTHON
    mend = "" if enough else f"install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer"
    return Check("python", enough, f"{platform.python_version()} {sys.executable}", mend)


def check_bubblewrap(version: str | None) -> Check:
    """``version`` as the program prints it, for example ``bubblewrap 0.8.0``; None where there is none."""
    if version is None:
        return Check("bubblewrap", False, "not found", _BUBBLEWRAP)
    number = re.search(r"(\d+)\.(\d+)", version)
    enough = number is not None and (int(number[1]), int(number[2])) >= OLDEST_BUBBLEWRAP
    oldest = ".".join(map(str, OLDEST_BUBBLEWRAP))
    return Check("bubblewrap", enough, version, "" if enough else f"{oldest} or newer is needed: {_BUBBLEWRAP}")


def check_sandbox(problems: Sequence[str]) -> Check:
    """From the sandbox's own self-check: each problem ends with ``Mend: …``."""
    if not problems:
        return Check("sandbox", True, "self-check passed")
    parts = [problem.partition("Mend:") for problem in problems]
    details = "; ".join(wrong.strip().rstrip(".") for wrong, _, _ in parts)
    return Check("sandbox", False, details, "; ".join(mend.strip() for _, _, mend in parts if mend))


def check_redis(program: Path | None) -> Check:
    version = _version(program)
    if version is None:
        return Check("redis-server", False, f"{program} does not start" if program else "not found", _REDIS)
    number = re.search(r"v=(\S+)", version)
    return Check("redis-server", True, f"{number[1] if number else version} {program}")


def find_redis() -> Path | None:
    packaged = packaged_redis()
    return _which("redis-server") or (Path(packaged) if packaged else None)


def _which(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


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
