"""The body's check of itself: what it needs of the machine and its engine, and jobs whose outcome is known."""

from __future__ import annotations

import os
import platform
import socket
from pathlib import Path

from services.errors import SandboxError
from services.sandbox.check import Run, failures
from services.sandbox.seccomp import seccomp_filter

_PROGRAMS = {
    "chmod": "coreutils",
    "find": "findutils",
    "perl": "perl-base",
    "prlimit": "util-linux",
    "tar": "tar",
    "xargs": "findutils",
}
_UNIX = "unix://"
_REFUSED = (
    "{error}. Mend: `docker info` must work for the worker's user on this machine, and the folders that are mounted "
    "must be on it; a runtime that is set must be among those that `docker info` lists"
)
_UPDATE = "update the container engine to 20.10 or later"
_ACCOUNTING = "boot with `cgroup_enable=memory swapaccount=1`, so that the engine can limit memory"


def problems(run: Run, address: str, user: str) -> list[str]:
    """What is wrong, each with the command that mends it. Empty: the sandbox holds what it promises."""
    missing = sorted({package for name, package in _PROGRAMS.items() if not Path(f"/usr/bin/{name}").exists()})
    if missing:
        return [f"programs of the sandbox are missing. Mend: `apt-get install {' '.join(missing)}`"]
    if unreachable := _unreachable(address, user):
        return [unreachable]
    if seccomp_filter(platform.machine()) is None:
        return [f"there is no filter of system calls for {platform.machine()}. Mend: use x86_64 or aarch64"]
    try:
        return failures(run, isolation_mend=_UPDATE, limits_mend=_ACCOUNTING)
    except SandboxError as error:
        return [_REFUSED.format(error=error)]


def _unreachable(address: str, user: str) -> str | None:
    """What keeps this user from the engine."""
    if not address.startswith(_UNIX):
        return f"the container engine {address} is not on this machine. Mend: `export DOCKER_HOST=unix:///var/run/…`"
    path = address.removeprefix(_UNIX)
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
    except PermissionError:
        return f"user {user} may not use the container engine. Mend: `usermod -aG docker {user}`, then log in anew"
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        return (
            f"no container engine answers at {path}: {reason}. Mend: `apt-get install docker.io && systemctl start "
            "docker`, or name its address in WEBGEN_SANDBOX__ENGINE"
        )
    return None
