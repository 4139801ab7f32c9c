"""Containers that another library starts, through a program file that we give it.

The program file hands its arguments and descriptors to the worker that made it; a thread there takes a container,
moves what comes and goes between the two, and watches it as it watches a job of its own. The container never sees
those descriptors: only what is read from and written to them.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from services.errors import SandboxError
from services.sandbox.accounts import Book
from services.sandbox.docker import shim
from services.sandbox.docker.held import Held
from services.sandbox.docker.relay import Relay
from services.sandbox.docker.running import MECHANISM
from services.sandbox.protocol import LimitName, SandboxJob, Watch, Wrapped
from services.scratch import scratch_folder

PREFIX = "webgen-sandbox-"
_MAX_ARGUMENTS = 200_000
_WAIT_SECONDS = 0.1

Take = Callable[[], AbstractContextManager[Held]]


class Warden:
    """Takes what the program file hands over; at the end every launch of it is dead.

    Args:
        take: a container for one launch, removed afterwards.
    """

    def __init__(self, take: Take, job: SandboxJob, listener: socket.socket) -> None:
        self._take = take
        self._job = job
        self._listener = listener
        self._stop = threading.Event()
        self._book = Book(job.limits, mechanism=MECHANISM)
        self._launches: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._listen, name="sandbox-warden", daemon=True)
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

    def account(self) -> AbstractContextManager[Watch]:
        return self._book.account()

    def close(self) -> None:
        """End every launch and wait until all are gone."""
        self._stop.set()
        self._thread.join()
        for launch in self._launches:
            launch.join()

    def _listen(self) -> None:
        self._listener.settimeout(_WAIT_SECONDS)
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                launcher, _ = self._listener.accept()
                launch = threading.Thread(target=self._launch, args=(launcher,), name="sandbox-launch", daemon=True)
                self._launches.append(launch)
                launch.start()

    def _launch(self, launcher: socket.socket) -> None:
        """One start of the program file. Where no container can be had it says why, and ends as if killed."""
        with launcher:
            message, descriptors, _, _ = socket.recv_fds(launcher, _MAX_ARGUMENTS, 5)
            try:
                launcher.send(bytes([self._relay(json.loads(message), descriptors, launcher)]))
            except (SandboxError, ValueError) as error:
                with contextlib.suppress(OSError):
                    os.write(descriptors[2], f"{error}\n".encode())
            except OSError:
                return
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    def _relay(self, arguments: list[str], descriptors: list[int], launcher: socket.socket) -> int:
        job = replace(self._job, argv=(*self._job.argv, *arguments))
        with self._take() as held:
            try:
                return Relay(held, job, self._book, descriptors, launcher.fileno()).to_end(self._stop)
            finally:
                held.end()


@contextlib.contextmanager
def wrapped(take: Take, job: SandboxJob, scratch: Path | None) -> Iterator[Wrapped]:
    """A program file and its warden, in a folder that is gone afterwards."""
    with scratch_folder(scratch or Path(tempfile.gettempdir()), PREFIX) as folder, _listener(folder) as listener:
        executable = folder / "program"
        executable.write_text(_program(folder))
        executable.chmod(0o700)
        with contextlib.closing(Warden(take, job, listener)) as warden:
            yield Wrapped(executable, warden)


@contextlib.contextmanager
def _listener(folder: Path) -> Iterator[socket.socket]:
    """Bound by a short name: a socket's path may have 107 characters."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(f"/proc/self/fd/{opened}/socket")
            listener.listen()
            yield listener
    finally:
        os.close(opened)


def _program(folder: Path) -> str:
    """A shell script that sees which descriptors it was given before another program opens its own."""
    words = shlex.join([sys.executable, "-I", "-S", str(Path(shim.__file__).resolve()), str(folder)])
    return (
        "#!/bin/sh\npipes=0\n[ -e /proc/self/fd/3 ] && [ -e /proc/self/fd/4 ] && pipes=1\n"
        f'exec /usr/bin/env -i {words} "$pipes" "$@"\n'
    )
