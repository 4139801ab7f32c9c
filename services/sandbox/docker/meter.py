"""What a container uses, from the kernel's accounting of its control group, in either version of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.errors import SandboxError
from services.sandbox.usage import Usage

_PROC = Path("/proc")
_KEEPER = 1


@dataclass(frozen=True, slots=True)
class Group:
    """Where one container's accounts are.

    Attributes:
        unified: version 2, where all are in one folder.
    """

    memory: Path
    cpu: Path
    pids: Path
    unified: bool


def group_of(pid: int, proc: Path = _PROC) -> Group:
    """The control group of a process of this machine.

    Raises:
        SandboxError: it is not to be found: the process has ended, or is of another machine than this.
    """
    try:
        memberships = _memberships((proc / str(pid) / "cgroup").read_text())
        mounts = _mounts((proc / "self" / "mountinfo").read_text())
        if "memory" in memberships:
            found = {name: _below(mounts[name], memberships[name]) for name in ("memory", "cpuacct", "pids")}
            return Group(found["memory"], found["cpuacct"], found["pids"], unified=False)
        folder = _below(mounts[""], memberships[""])
        return Group(folder, folder, folder, unified=True)
    except (OSError, KeyError, ValueError) as error:
        raise SandboxError(f"a container's control group cannot be found: {error!r}") from error


def _memberships(text: str) -> dict[str, str]:
    """Controller -> path; the unified hierarchy's has an empty name."""
    found = {}
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        found.update(dict.fromkeys(controllers.split(","), path))
    return found


def _mounts(text: str) -> dict[str, tuple[str, str]]:
    """Controller -> its mount's root and place."""
    found: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        if kind in ("cgroup", "cgroup2"):
            root, place = fields.split(" ")[3:5]
            names = options.split(",") if kind == "cgroup" else [""]
            found.update(dict.fromkeys(names, (root, place)))
    return found


def _below(mount: tuple[str, str], path: str) -> Path:
    root, place = mount
    return Path(place) / os.path.relpath(path, root)


class GroupMeter:
    """Samples one container.

    Attributes:
        hard_bytes: the kernel's own limit on its memory.
        killed: the kernel has killed in it for want of memory.
    """

    def __init__(self, group: Group, hard_bytes: int) -> None:
        self._group = group
        self.hard_bytes = hard_bytes
        self._last = Usage()
        self._is_full = False
        self._shared = 0
        self.killed = False
        self.peak_memory_bytes = 0

    @property
    def cpu_seconds(self) -> float:
        return self._last.cpu_seconds

    @property
    def shared_bytes(self) -> int:
        """Content of all its memory file systems together."""
        return self._shared

    def begin(self) -> float:
        """Forget the peak of memory; CPU seconds used until now."""
        self.peak_memory_bytes = 0
        return self.read().cpu_seconds

    def read(self) -> Usage:
        """What it uses now; what it last used, where it has ended."""
        try:
            self._last = self._sample()
        except (OSError, ValueError, KeyError):
            return self._last
        self.peak_memory_bytes = max(self.peak_memory_bytes, self._last.memory_bytes)
        return self._last

    def disk_full(self) -> bool:
        return self._is_full

    def found_full(self) -> None:
        """Only a process inside can see that the disk is full."""
        self._is_full = True

    def _sample(self) -> Usage:
        used = self._memory()
        return Usage(
            cpu_seconds=self._cpu(),
            memory_bytes=max(used, self.hard_bytes) if self.killed else used,
            processes=len((self._group.pids / "cgroup.procs").read_bytes().split()) - _KEEPER,
            threads=int((self._group.pids / "pids.current").read_bytes()) - _KEEPER,
            disk_full=self._is_full,
        )

    def _memory(self) -> int:
        """Without pages of files, which are the kernel's to drop."""
        folder, prefix = self._group.memory, "" if self._group.unified else "total_"
        stat = numbers((folder / "memory.stat").read_text())
        total = int((folder / ("memory.current" if self._group.unified else "memory.usage_in_bytes")).read_bytes())
        events = numbers((folder / ("memory.events" if self._group.unified else "memory.oom_control")).read_text())
        self._shared = stat.get(f"{prefix}shmem", stat.get("shmem", 0))
        files = stat[f"{prefix}inactive_file"] + stat[f"{prefix}active_file"]
        self.killed = events.get("oom_kill", 0) > 0
        return max(0, total - files)

    def _cpu(self) -> float:
        if self._group.unified:
            return numbers((self._group.cpu / "cpu.stat").read_text())["usage_usec"] / 1e6
        return int((self._group.cpu / "cpuacct.usage").read_bytes()) / 1e9


def numbers(text: str) -> Mapping[str, int]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in text.splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2}
