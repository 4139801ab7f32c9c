"""Sandboxes that another library starts, through a program file that we give it.

The program file makes a folder for its launch, reports to a named pipe when its sandbox is set up, and waits. The
warden's thread takes hold of the sandbox, lets it go on, and watches it as it watches a job of its own.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from services.errors import SandboxError
from services.sandbox.accounts import Book, Charge
from services.sandbox.cage import Cage, open_cage, status_number
from services.sandbox.command import System, wrapper_script, writable_folders
from services.sandbox.protocol import LimitName, SandboxJob, Watch, Wrapped
from services.sandbox.usage import Meter
from services.scratch import scratch_folder

PREFIX = "webgen-sandbox-"


class Warden:
    """Watches every launch of one wrapped program; at the end all of them are dead."""

    def __init__(self, job: SandboxJob, folder: Path) -> None:
        self._job = job
        self._folder = folder
        self._ready = os.open(folder / "ready", os.O_RDWR | os.O_CLOEXEC)
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._book = Book(job.limits, turned=self._look_now)
        self._living: list[tuple[Cage, Charge]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="sandbox-warden", daemon=True)
        self._thread.start()

    @property
    def limit_hit(self) -> LimitName | None:
        return self._book.limit_hit

    @property
    def cpu_seconds(self) -> float:
        return self._book.cpu_seconds

    @property
    def peak_memory_bytes(self) -> int:
        return self._book.peak_memory_bytes

    @property
    def memory_bytes(self) -> int:
        return self._book.memory_bytes

    def account(self) -> contextlib.AbstractContextManager[Watch]:
        return self._book.account()

    def close(self) -> None:
        """Kill every launch and wait until all are gone.

        Raises:
            SandboxError: some are not.
        """
        self._stop.set()
        self._look_now()
        self._thread.join()
        os.close(self._ready)
        os.close(self._wake)
        try:
            _kill_unready(self._folder)
        finally:
            self._end_all()

    def _look_now(self) -> None:
        """An account may begin or end after the wrapped program's context was left."""
        if not self._stop.is_set() or self._thread.is_alive():
            os.eventfd_write(self._wake, 1)

    def _watch(self) -> None:
        poll = select.poll()
        for descriptor in (self._ready, self._wake):
            poll.register(descriptor, select.POLLIN)
        try:
            while not self._stop.is_set():
                self._hear([descriptor for descriptor, _ in poll.poll(self._book.pause * 1_000)])
                self._sample_all()
        finally:
            for cage, _ in self._living:
                cage.kill()

    def _hear(self, descriptors: list[int]) -> None:
        if self._wake in descriptors:
            os.eventfd_read(self._wake)
        if self._ready in descriptors:
            self._admit_all(os.read(self._ready, 65_536))

    def _admit_all(self, lines: bytes) -> None:
        for line in lines.decode(errors="replace").splitlines():
            with contextlib.suppress(SandboxError, OSError):
                self._admit(Path(line))

    def _admit(self, launch: Path) -> None:
        """Take hold of one launch and let its program start."""
        child = status_number((launch / "status").read_bytes(), "child-pid")
        if child is None:
            return
        cage = open_cage(child, writable_folders(self._job))
        self._living.append((cage, self._book.open(cage, Meter(cage.proc, cage.folders))))
        _say_go(launch)

    def _sample_all(self) -> None:
        for pair in tuple(self._living):
            cage, charge = pair
            if cage.is_dead():
                self._living.remove(pair)
                self._book.close(charge)
                cage.close()
            else:
                self._book.sample(charge)

    def _end_all(self) -> None:
        for cage, charge in self._living:
            cage.kill()
            self._book.close(charge)
        for cage, _ in self._living:
            with contextlib.closing(cage):
                cage.wait_dead()
        self._living.clear()


@contextlib.contextmanager
def wrapped(system: System, job: SandboxJob, scratch: Path | None) -> Iterator[Wrapped]:
    """A program file and its warden, in a folder that is gone afterwards."""
    with scratch_folder(scratch or Path(tempfile.gettempdir()), PREFIX) as folder:
        os.mkfifo(folder / "ready", 0o600)
        executable = folder / "program"
        executable.write_text(wrapper_script(system, job, str(folder)))
        executable.chmod(0o700)
        with contextlib.closing(Warden(job, folder)) as warden:
            yield Wrapped(executable, warden)


def _say_go(launch: Path) -> None:
    descriptor = os.open(launch / "go", os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.write(descriptor, b"go\n")
    finally:
        os.close(descriptor)


def _kill_unready(folder: Path) -> None:
    """End launches that still wait to be let go. One whose command line no longer names the folder has ended, and
    its number may be another's."""
    for launch in folder.glob("launch.*"):
        with contextlib.suppress(OSError, ValueError):
            pid = int((launch / "pid").read_text())
            if str(folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
