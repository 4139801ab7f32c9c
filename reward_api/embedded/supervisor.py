"""Keeps the stack's processes alive, and ends them in order."""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reward_api.embedded.child import Child, Guard, open_log
from reward_api.embedded.plan import Spawn, restart_delay

LOOK_SECONDS = 0.1
SETTLED_SECONDS = 30.0
"""A process that lived so long starts its count of deaths anew."""
SOCKET_SECONDS = 15.0
GRACE_SECONDS = 8.0
"""For one rank to stop by itself. What is cut off then is found by the reaper after the next start."""

Report = Callable[[str], None]


@dataclass(slots=True)
class Slot:
    """One place in the stack. ``due`` is when an empty one is filled again, on the monotonic clock."""

    spawn: Spawn
    child: Child | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0


class Supervisor:
    """All processes are started by one thread that lives as long as they do (see `bond`).

    Args:
        logs: folder of the log files.
        directory: working directory of every process.
        report: told in one line what happened. Called from the supervisor's thread.
    """

    def __init__(self, spawns: Sequence[Spawn], logs: Path, directory: Path, report: Report) -> None:
        self._slots = {spawn.name: Slot(spawn) for spawn in spawns}
        self._logs, self._directory, self._report = logs, directory, report
        self._lock = threading.RLock()
        self._stopping, self._hurry, self._ended = threading.Event(), threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.ident is not None and not self._ended.is_set()

    def join(self) -> None:
        """Wait until the supervisor has ended.

        Never by ``Thread.join``: a Ctrl-C inside of it makes Python 3.11 take the living thread for an ended one.
        """
        self._ended.wait()

    def stop(self) -> None:
        """End everything, in descending rank, and wait for it."""
        self._stopping.set()
        self._ended.wait()

    def hurry(self) -> None:
        """Cut the patience of a stop that is under way."""
        self._hurry.set()

    def pids(self) -> dict[str, int]:
        """Name -> process id, of what runs."""
        with self._lock:
            return {name: slot.child.pid for name, slot in self._slots.items() if slot.child}

    def deaths(self) -> dict[str, int]:
        """Name -> deaths in a row."""
        with self._lock:
            return {name: slot.deaths for name, slot in self._slots.items()}

    def signal(self, name: str, number: int) -> int | None:
        """Send a signal to a process; its id, or None where it does not run. A death that was asked for
        does not count, so its successor starts at once."""
        with self._lock:
            slot = self._slots[name]
            if slot.child is None:
                return None
            slot.deaths = 0
            slot.child.signal(number)
            return slot.child.pid

    def _run(self) -> None:
        guard = Guard(self._directory)
        try:
            while not self._stopping.wait(LOOK_SECONDS):
                self._look(guard)
            self._end(guard)
        finally:
            guard.close()
            self._ended.set()

    def _look(self, guard: Guard) -> None:
        for slot in sorted(self._slots.values(), key=lambda slot: slot.spawn.rank):
            if slot.child is not None and slot.child.exited():
                self._bury(slot, guard)
            if slot.child is None and slot.due <= time.monotonic() and not self._stopping.is_set():
                self._fill(slot, guard)

    def _fill(self, slot: Slot, guard: Guard) -> None:
        with self._lock:
            log = open_log(self._logs / f"{slot.spawn.name}.log")
            slot.child = Child(slot.spawn, log, self._directory)
            slot.started = time.monotonic()
            guard.add(slot.child.pid)
        if slot.spawn.socket is not None:
            self._await_socket(slot.spawn.socket, slot.child)

    def _bury(self, slot: Slot, guard: Guard) -> None:
        with self._lock:
            if slot.child is None:
                return
            status, pid = slot.child.finish(), slot.child.pid
            guard.remove(pid)
            settled = time.monotonic() - slot.started > SETTLED_SECONDS
            slot.child, slot.deaths = None, 1 if settled else slot.deaths + 1
            slot.due = time.monotonic() + restart_delay(slot.deaths)
        self._report(f"{slot.spawn.name} ended ({_status(status)}) and is started again")

    def _await_socket(self, path: Path, child: Child) -> None:
        until = time.monotonic() + SOCKET_SECONDS
        while time.monotonic() < until and not child.exited() and not self._stopping.wait(LOOK_SECONDS / 2):
            if accepts(path):
                return

    def _end(self, guard: Guard) -> None:
        for rank in sorted({slot.spawn.rank for slot in self._slots.values()}, reverse=True):
            self._end_rank([s for s in self._slots.values() if s.spawn.rank == rank and s.child], guard)

    def _end_rank(self, slots: Sequence[Slot], guard: Guard) -> None:
        children = [slot.child for slot in slots if slot.child is not None]
        for child in children:
            child.signal(signal.SIGTERM)
        until = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < until and not self._hurry.is_set() and not all(c.exited() for c in children):
            time.sleep(LOOK_SECONDS / 2)
        with self._lock:
            for slot in slots:
                if slot.child is not None:
                    slot.child.finish()
                    guard.remove(slot.child.pid)
                    slot.child = None


def accepts(path: Path) -> bool:
    """Whether somebody listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _status(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"exit status {status}"
