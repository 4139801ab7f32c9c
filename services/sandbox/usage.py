"""What the processes of one sandbox use, sampled from its own ``/proc``, and which limit that exceeds."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from services.sandbox.command import thread_limit
from services.sandbox.protocol import LimitName, Limits

_TICKS = os.sysconf("SC_CLK_TCK")
MAX_FILES = 100_000
"""Files and folders in the work folder; more fill it."""

_SLACK_BYTES = 16_384
_UNITS = 1_024


@dataclass(frozen=True, slots=True)
class Usage:
    """One sample.

    Attributes:
        cpu_seconds: of all processes so far, those that ended included as far as they were seen.
        memory_bytes: anonymous and shared memory of all processes plus the content of the writable folders.
        disk_full: the work folder is full, in bytes or in number of files.
    """

    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    processes: int = 0
    threads: int = 0
    disk_full: bool = False


def exceeded(usage: Usage, limits: Limits, wall_seconds: float) -> LimitName | None:
    """The limit that a sample exceeds. A full disk is named before the memory that it takes."""
    checks: tuple[tuple[bool, LimitName], ...] = (
        (usage.processes > limits.processes or usage.threads > thread_limit(limits), "processes"),
        (usage.disk_full, "disk"),
        (usage.memory_bytes > limits.memory_bytes, "memory"),
        (usage.cpu_seconds > limits.cpu_seconds, "cpu"),
        (wall_seconds > limits.wall_seconds, "wall"),
    )
    return next((name for is_over, name in checks if is_over), None)


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    started: int
    own_ticks: int
    children_ticks: int
    threads: int
    memory_bytes: int


class Meter:
    """Samples one sandbox through descriptors of its ``/proc`` and of its writable folders.

    CPU time of processes that ended is in their parents' counters, unless a parent ignores its children's end;
    so the larger of two lower bounds is taken: living processes with their counters of ended children, and
    living processes with the last seen value of each that is gone. It never decreases.
    """

    def __init__(self, proc: int, folders: tuple[int, ...]) -> None:
        self._proc = proc
        self._folders = folders
        self._seen: dict[tuple[int, int], int] = {}
        self._ticks = 0
        self.peak_memory_bytes = 0

    def read(self) -> Usage:
        processes = list(self._processes())
        stored, is_full = self._folders_use()
        memory = stored + sum(p.memory_bytes for p in processes)
        self.peak_memory_bytes = max(self.peak_memory_bytes, memory)
        return Usage(
            cpu_seconds=self._cpu(processes),
            memory_bytes=memory,
            processes=sum(p.pid != 1 for p in processes),
            threads=sum(p.threads for p in processes),
            disk_full=is_full,
        )

    def begin(self) -> float:
        """Forget the peak of memory; CPU seconds used until now."""
        self.peak_memory_bytes = 0
        return self.read().cpu_seconds

    def disk_full(self) -> bool:
        return self._folders_use()[1]

    @property
    def cpu_seconds(self) -> float:
        return self._ticks / _TICKS

    def _cpu(self, processes: list[_Process]) -> float:
        for process in processes:
            self._seen[process.pid, process.started] = process.own_ticks
        with_children = sum(p.own_ticks + p.children_ticks for p in processes)
        self._ticks = max(self._ticks, with_children, sum(self._seen.values()))
        return self.cpu_seconds

    def _processes(self) -> Iterator[_Process]:
        for name in os.listdir(self._proc):  # noqa: PTH208  (a descriptor, not a path)
            if name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    yield self._process(name)

    def _process(self, pid: str) -> _Process:
        fields = self._content(f"{pid}/stat").rpartition(b")")[2].split()
        user, system, child_user, child_system = map(int, fields[11:15])
        memory = _resident(self._content(f"{pid}/status"))
        own, children = user + system, child_user + child_system
        return _Process(int(pid), int(fields[19]), own, children, int(fields[17]), memory)

    def _content(self, path: str) -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc)
        try:
            return os.read(descriptor, 16_384)
        finally:
            os.close(descriptor)

    def _folders_use(self) -> tuple[int, bool]:
        """Bytes in the writable folders, and whether the first is full. A file costs about a kilobyte of kernel
        memory besides its content."""
        total, is_full = 0, False
        for index, folder in enumerate(self._folders):
            state = os.fstatvfs(folder)
            files = state.f_files - state.f_ffree
            total += (state.f_blocks - state.f_bfree) * state.f_frsize + files * _UNITS
            is_full = is_full or files > MAX_FILES
            if index == 0:
                is_full = is_full or state.f_bfree * state.f_frsize < _SLACK_BYTES
        return total, is_full


def _resident(status: bytes) -> int:
    """Anonymous and shared memory in ``/proc/<pid>/status``; pages of files are the kernel's to drop."""
    total = 0
    for line in status.splitlines():
        if line.startswith((b"RssAnon:", b"RssShmem:")):
            total += int(line.split()[1]) * _UNITS
    return total
