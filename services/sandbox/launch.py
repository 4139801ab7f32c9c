"""Starting bubblewrap for one job, with exact descriptors and nothing else inherited."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import select
import signal
import tarfile
import time
from collections.abc import Mapping
from pathlib import Path

from services.errors import SandboxError
from services.sandbox.cage import Cage, open_cage, status_number
from services.sandbox.command import FILTER_FD, GO_FD, PASSWD, PASSWD_FD, READY_FD, STATUS_FD

START_SECONDS = 60.0
"""A sandbox that is not set up after this long is our fault. Normal is a hundredth of a second."""

_FIRST_OWN_FD = 20
_RESET = [signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD, signal.SIGXFSZ]


class Launch:
    """One bubblewrap process that a worker started: its pipes and its end. A context manager: on leaving, the
    process is dead and every descriptor closed.

    Args:
        files: what its program is given on standard input, as a tar archive; None for a pipe to `stdin`.
    """

    def __init__(self, argv: list[str], files: Mapping[str, bytes] | None, seccomp: bytes | None = None) -> None:
        self._open: list[int] = []
        self.stdin = -1
        self._reported = b""
        self._reaped = False
        try:
            stdin = self._input() if files is None else self._content(archive(files))
            passwd = self._content(PASSWD.encode())
            self.stdout, stdout = self._pipe()
            self.stderr, stderr = self._pipe()
            self._ready, ready = self._pipe()
            self._status, status = self._pipe()
            go, self._go = self._pipe()
            ends = {0: stdin, 1: stdout, 2: stderr, PASSWD_FD: passwd, GO_FD: go, READY_FD: ready, STATUS_FD: status}
            if seccomp:
                ends[FILTER_FD] = self._content(seccomp)
            self._pid = _spawn(argv, ends)
        except OSError as error:
            self._close(*self._open)
            raise SandboxError(f"a sandbox cannot be started: {error}") from error
        self._close(*ends.values())

    def __enter__(self) -> Launch:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._reaped:
            os.kill(self._pid, signal.SIGKILL)
            self.wait()
        self._close(*self._open)

    def take_hold(self, folders: tuple[str, ...]) -> Cage:
        """Wait until the sandbox is set up and open it; its program waits for `go`.

        Raises:
            SandboxError: it ended before its program began.
        """
        word = _read_within(self._ready, START_SECONDS)
        child = status_number(self._statuses(), "child-pid")
        if word is None or child is None:
            raise SandboxError("a sandbox was not set up in time")
        if not word:
            raise SandboxError(f"a sandbox cannot be set up: {self._complaint()}")
        return open_cage(child, folders)

    def go(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self._go, b"go\n")

    def wait(self) -> None:
        if not self._reaped:
            os.waitpid(self._pid, 0)
            self._reaped = True

    def exit_code(self) -> int | None:
        """Of the program, as bubblewrap reported it; None where the sandbox was killed."""
        return status_number(self._statuses(), "exit-code")

    def _statuses(self) -> bytes:
        """What bubblewrap has reported by now; kept, as a pipe can be read only once."""
        self._reported += _read_available(self._status)
        return self._reported

    def _complaint(self) -> str:
        text = _read_available(self.stderr).decode(errors="replace").strip()
        hint = "; what is mounted must be readable by the sandbox's user" if "Permission denied" in text else ""
        return (text[-500:] or "it ended without a word") + hint

    def _content(self, content: bytes) -> int:
        descriptor = self._own(os.memfd_create("input", os.MFD_CLOEXEC))
        with os.fdopen(os.dup(descriptor), "wb") as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        return descriptor

    def _input(self) -> int:
        """The program's end of a pipe whose other end, `stdin`, never blocks us."""
        reader, self.stdin = self._pipe()
        os.set_blocking(self.stdin, False)
        return reader

    def _pipe(self) -> tuple[int, int]:
        reader, writer = os.pipe2(os.O_CLOEXEC)
        return self._own(reader), self._own(writer)

    def _own(self, descriptor: int) -> int:
        """Moved above the numbers that the child is given, so that no duplicate overwrites another."""
        moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_OWN_FD)
        os.close(descriptor)
        self._open.append(moved)
        return moved

    def _close(self, *descriptors: int) -> None:
        for descriptor in descriptors:
            os.close(descriptor)
            self._open.remove(descriptor)


def _spawn(argv: list[str], ends: Mapping[int, int]) -> int:
    """Start a program that has exactly these descriptors: number inside -> ours. In a process group of its own, so
    that a terminal's Ctrl-C does not end a candidate's program before its worker."""
    actions: list[tuple[int, ...]] = [(os.POSIX_SPAWN_DUP2, ours, inside) for inside, ours in ends.items()]
    actions += [(os.POSIX_SPAWN_CLOSE, descriptor) for descriptor in _inheritable() - set(ends)]
    environment = {"PATH": "/usr/bin:/bin"}
    return os.posix_spawn(
        argv[0], argv, environment, file_actions=actions, setpgroup=0, setsigdef=_RESET, setsigmask=[]
    )


def _inheritable() -> set[int]:
    """Descriptors that this process was started with and would hand on."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if os.get_inheritable(int(entry.name)):
                found.add(int(entry.name))
    return found


def _read_within(descriptor: int, seconds: float) -> bytes | None:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return os.read(descriptor, 4_096) if poll.poll(seconds * 1_000) else None


def _read_available(descriptor: int) -> bytes:
    chunks: list[bytes] = []
    while chunk := _read_within(descriptor, 0):
        chunks.append(chunk)
    return b"".join(chunks)


def archive(files: Mapping[str, bytes]) -> bytes:
    """The job's files as a tar archive, all readable, none executable."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            entry.mtime = int(time.time())
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
