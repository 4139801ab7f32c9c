"""Whose a container is, so that what a killed worker left can be told from what another is using."""

from __future__ import annotations

import os
from pathlib import Path

_PROC = Path("/proc")


def own_mark(proc: Path = _PROC) -> str:
    """This process, named as no other will be: boot, process namespace, number, start."""
    return ":".join((*_machine(proc), str(os.getpid()), _started(proc, os.getpid())))


def is_left(mark: str, proc: Path = _PROC) -> bool:
    """Whether the owner is gone. One of another process namespace cannot be judged from here, and stays."""
    boot, namespace, pid, started = (mark.split(":") + [""] * 4)[:4]
    here = _machine(proc)
    if boot != here[0]:
        return True
    return namespace == here[1] and (not pid.isdigit() or _started(proc, int(pid)) != started)


def _machine(proc: Path) -> tuple[str, str]:
    boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
    return boot, str((proc / "self/ns/pid").stat().st_ino)


def _started(proc: Path, pid: int) -> str:
    """Ticks from boot to the start of a process; empty where there is none."""
    try:
        return (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
