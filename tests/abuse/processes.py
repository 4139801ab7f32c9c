"""Every process that this one ever started, directly or not, read from ``/proc``."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
_ZOMBIE = "Z"
_SANDBOX = frozenset({"bwrap", "setpriv"})


@dataclass(frozen=True, slots=True)
class Process:
    """``user``: its user id; ``name``: of its program, as the kernel keeps it; ``argv``: words joined by NUL."""

    pid: int
    parent: int
    session: int
    state: str
    user: int
    name: str
    argv: bytes


def adopt_orphans() -> None:
    """From now on, a descendant whose parent ended becomes this process's child, so that none gets out of sight."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans() -> None:
    """Take the exit status of adopted children that ended, as a machine's init does. Nothing that this process
    started itself runs as another user, or is called so."""
    for process in descendants():
        adopted = process.parent == os.getpid() and (process.user != os.getuid() or process.name in _SANDBOX)
        if adopted and process.state == _ZOMBIE:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)


def end_all(processes: Iterable[Process]) -> None:
    """Kill processes of our own, and take the exit status of those that are our children."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            os.kill(process.pid, signal.SIGKILL)
            os.waitpid(process.pid, 0)


def descendants(root: int | None = None) -> list[Process]:
    """All living and unreaped descendants of a process; of this one where left out."""
    table = {process.pid: process for process in map(_read, _pids()) if process is not None}
    family, grew = {root or os.getpid()}, True
    while grew:
        more = {p.pid for p in table.values() if p.parent in family} - family
        family, grew = family | more, bool(more)
    return [table[pid] for pid in sorted(family - {root or os.getpid()}) if pid in table]


def kinds(processes: Iterable[Process]) -> Counter[tuple[int, str]]:
    """How many there are of each (user id, program name)."""
    return Counter((process.user, process.name) for process in processes)


def _pids() -> list[str]:
    return [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]


def _read(pid: str) -> Process | None:
    try:
        folder = Path("/proc") / pid
        name, _, rest = (folder / "stat").read_text(errors="replace").partition("(")[2].rpartition(")")
        fields = rest.split()
        argv = (folder / "cmdline").read_bytes()
        user = next(line.split()[1] for line in (folder / "status").read_text().splitlines() if line.startswith("Uid:"))
        return Process(int(pid), int(fields[1]), int(fields[3]), fields[0], int(user), name, argv)
    except (OSError, StopIteration, IndexError, ValueError):
        return None
