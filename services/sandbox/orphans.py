"""Sandboxes that never began and have no parent: a worker killed in the moment in which bubblewrap had forked and
not yet told its child to go on leaves a child that waits for ever, before it is bound to its parent's life."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from services.sandbox.command import HOSTNAME

INIT = 1


def is_orphan(name: str, parent: int, argv: Sequence[str]) -> bool:
    """Whether a process is a sandbox of ours that nobody holds: a held one's parent is a worker or bubblewrap."""
    return name == "bwrap" and parent == INIT and HOSTNAME in argv and "--die-with-parent" in argv


def end_orphans() -> int:
    """Kill every such process that this user may kill; how many there were."""
    return sum(_end(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _end(entry: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, IndexError):
        name, _, rest = (entry / "stat").read_text().partition("(")[2].rpartition(")")
        parent = int(rest.split()[1])
        if parent == INIT and is_orphan(name, parent, (entry / "cmdline").read_text(errors="replace").split("\0")):
            os.kill(int(entry.name), signal.SIGKILL)
            return True
    return False
