"""The sandbox's check of itself: small jobs whose outcome is known, and what mends each that fails."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from services.errors import SandboxError
from services.sandbox.protocol import Limits, Outcome, SandboxJob

Run = Callable[[SandboxJob], Outcome]

_OLDEST = (0, 8)
_PROGRAMS = {"bwrap": "bubblewrap", "setpriv": "util-linux", "prlimit": "util-linux", "tar": "tar"}
_NAMESPACES = (
    "{error}. Mend: on a host `sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000`, on "
    "Ubuntu 24.04 and later also `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`; in Docker start with "
    "`--security-opt seccomp=unconfined --security-opt systempaths=unconfined`; in Kubernetes set `hostUsers: false` "
    "and `procMount: Unmasked`; a worker that is root needs the capabilities SETUID, SETGID, KILL and SYS_PTRACE, "
    "so rather run it as another user"
)


def problems(run: Run) -> list[str]:
    """What is wrong, each with the command that mends it. Empty: the sandbox holds what it promises."""
    missing = sorted({package for name, package in _PROGRAMS.items() if not _present(name)})
    if missing:
        return [f"programs of the sandbox are missing. Mend: `apt-get install {' '.join(missing)}`"]
    version = _version()
    if version < _OLDEST:
        return [f"bubblewrap {'.'.join(map(str, version))} is too old. Mend: install bubblewrap 0.8 or later"]
    try:
        return failures(run, isolation_mend="update bubblewrap", limits_mend="mount /proc without hidepid")
    except SandboxError as error:
        return [_NAMESPACES.format(error=error)]


def _version() -> tuple[int, ...]:
    said = subprocess.run(
        ["/usr/bin/bwrap", "--version"], capture_output=True, text=True, timeout=30, check=False
    ).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said)[:2])


def _present(name: str) -> bool:
    return Path(f"/usr/bin/{name}").exists()


def failures(run: Run, *, isolation_mend: str, limits_mend: str) -> list[str]:
    """The promises that do not hold here, whatever the body, each with what mends it in that body.

    Raises:
        SandboxError: a job could not be started.
    """
    found = []
    plain = run(_shell("cat /proc/net/dev | grep -c :; ls /proc | grep -c '^[0-9]'; test ! -w /usr -a ! -w /"))
    if plain.exit_code != 0 or not plain.stdout.startswith(b"1\n"):
        found.append(f"a program in the sandbox sees a network or can write to the system. Mend: {isolation_mend}")
    memory = run(_shell("head -c 400000000 /dev/zero | tail", memory_bytes=50_000_000))
    if memory.limit_hit != "memory":
        found.append(f"the memory limit does not hold. Mend: {limits_mend}")
    wall = run(_shell("sleep 20", wall_seconds=0.2))
    if wall.limit_hit != "wall":
        found.append(f"the wall-clock limit does not hold. Mend: {limits_mend}")
    return found


def _shell(script: str, *, memory_bytes: int = 200_000_000, wall_seconds: float = 20.0) -> SandboxJob:
    limits = Limits(5.0, wall_seconds, memory_bytes, 16, 10_000_000, 10_000, 10)
    return SandboxJob(("/bin/sh", "-c", script), environment={"PATH": "/usr/bin:/bin"}, limits=limits)
