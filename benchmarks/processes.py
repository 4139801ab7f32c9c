"""What running programs use, read from ``/proc``: of a command from start to end, and of living descendants."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import Cost

_SAMPLE_SECONDS = 0.1
_PROC = Path("/proc")
_PARENT = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A living process, and its anonymous and shared memory."""

    pid: int
    parent: int
    name: str
    memory_bytes: int


class CommandFailed(Exception):
    """A measured command that did not do its work, with the end of what it said."""


def measured(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end in a session of its own and say what it cost, its descendants included.

    Raises:
        CommandFailed: its exit status was not 0.
    """
    started = time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    peak = _Peak(process.pid)
    peak.start()
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    peak.end()
    if process.returncode != 0:
        raise CommandFailed(f"{' '.join(command)}: {said[-2_000:].decode(errors='replace')}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak.bytes)


class _Peak(threading.Thread):
    """The most memory that a session's processes used together."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self._session = session
        self._ended = threading.Event()
        self.bytes = 0

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.bytes = max(self.bytes, sum(p.memory_bytes for p in living(self._session)))

    def end(self) -> None:
        self._ended.set()
        self.join()


def living(session: int | None = None) -> Iterator[Process]:
    """Every process that can be read, or those of one session; one that ends meanwhile is left out."""
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                if session is None or os.getsid(int(folder.name)) == session:
                    yield _read(folder)


def descendants(pid: int) -> list[Process]:
    """The living processes that a process started, and theirs."""
    found: list[Process] = []
    everyone = list(living())
    parents = {pid}
    while children := [p for p in everyone if p.parent in parents]:
        found += children
        parents = {p.pid for p in children}
    return found


def memory_of(pid: int) -> int:
    """A process's own anonymous and shared memory, in bytes."""
    return _read(_PROC / str(pid)).memory_bytes


def _read(folder: Path) -> Process:
    name, _, rest = (folder / "stat").read_text().partition("(")[2].rpartition(")")
    fields = rest.split()
    lines = (folder / "status").read_text().splitlines()
    memory = sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:")))
    return Process(int(folder.name), int(fields[_PARENT]), name, memory * 1_024)
