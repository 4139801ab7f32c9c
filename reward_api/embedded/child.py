"""One process of the stack, and the guard that outlives the stack."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from reward_api.embedded.plan import Spawn

_BOND = Path(__file__).with_name("bond.py")
_GUARD = Path(__file__).with_name("guard.py")
LOG_BYTES = 20_000_000
LOOK_SECONDS = 0.05


class Child:
    """A running process, leader of a process group of its own; its output goes to a log file."""

    def __init__(self, spawn: Spawn, log: Path, directory: Path) -> None:
        argv = [sys.executable, "-I", "-S", str(_BOND), str(os.getpid()), *spawn.argv]
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                argv,
                env=dict(spawn.environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Also the id of its process group."""
        return self._process.pid

    def exited(self) -> bool:
        """Whether it has ended. It is not reaped yet, so its id cannot have passed to another process."""
        if self._process.returncode is not None:
            return True
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def signal(self, number: int) -> None:
        if not self.exited():
            os.kill(self.pid, number)

    def finish(self) -> int:
        """End the whole group at once and reap the process; its exit status, negative for a signal."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        return self._process.wait()


def run_to_end(spawn: Spawn, log: Path, directory: Path, seconds: float) -> int:
    """Run a process and wait for it; its exit status, that of SIGKILL where it took longer. Leaves nothing behind."""
    child = Child(spawn, log, directory)
    until = time.monotonic() + seconds
    try:
        while not child.exited() and time.monotonic() < until:
            time.sleep(LOOK_SECONDS)
    finally:
        status = child.finish()
    return status


class Guard:
    """See `reward_api.embedded.guard`."""

    def __init__(self, directory: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD)],
            env={},
            cwd=directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def add(self, group: int) -> None:
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """Dismiss it; it ends what it was told of and not told to be gone."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.write(line.encode())
                self._process.stdin.flush()


def open_log(path: Path) -> Path:
    """Make room: a log that has grown large is put aside, one back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path
