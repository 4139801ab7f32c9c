"""One running sandbox, held by descriptors: its first process, its ``/proc`` and its writable folders.

The descriptors are opened while the program still waits for its start, so no process number can have been used
again. They stay good after every process is dead: that is how results are read.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
from dataclasses import dataclass

from services.errors import SandboxError

DEATH_SECONDS = 30.0
"""A namespace whose first process was killed and that is not gone after this long is our fault."""


@dataclass(frozen=True, slots=True)
class Cage:
    """Attributes:
    init: descriptor of the sandbox's first process; its death is that of all.
    proc: descriptor of the folder ``/proc`` inside.
    folders: descriptors of the writable folders, the work folder first.
    """

    init: int
    proc: int
    folders: tuple[int, ...]

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.init, signal.SIGKILL)

    def wait_dead(self) -> None:
        """Wait until every process inside is gone.

        Raises:
            SandboxError: they are not, `DEATH_SECONDS` after the kill.
        """
        poll = select.poll()
        poll.register(self.init, select.POLLIN)
        if not poll.poll(DEATH_SECONDS * 1_000):
            raise SandboxError("the processes of a sandbox did not die")

    def is_dead(self) -> bool:
        poll = select.poll()
        poll.register(self.init, select.POLLIN)
        return bool(poll.poll(0))

    def close(self) -> None:
        for descriptor in (self.init, self.proc, *self.folders):
            os.close(descriptor)


def open_cage(child: int, folders: tuple[str, ...]) -> Cage:
    """Take hold of the sandbox whose first process is ``child``.

    Raises:
        SandboxError: the process is gone, or the kernel does not let us look (root needs CAP_SYS_PTRACE).
    """
    opened: list[int] = []
    try:
        opened.append(os.pidfd_open(child))
        opened += [_folder(f"/proc/{child}/root{path}") for path in ("/proc", *folders)]
    except OSError as error:
        for descriptor in opened:
            os.close(descriptor)
        raise SandboxError(f"a sandbox cannot be watched: {error}") from error
    return Cage(opened[0], opened[1], tuple(opened[2:]))


def _folder(path: str) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def status_number(status: bytes, name: str) -> int | None:
    """A number of bubblewrap's status report: JSON documents, one a line."""
    for line in status.splitlines():
        with contextlib.suppress(ValueError):
            value = json.loads(line).get(name)
            if isinstance(value, int):
                return value
    return None
