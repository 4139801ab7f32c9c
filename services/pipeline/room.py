"""One room per machine: ordinary jobs share it, a job that must run alone has it to itself.

Two file locks, released by the kernel when their holder dies: whoever wants to enter passes the turnstile; a job
that wants to be alone holds the turnstile until the room is empty, so that newcomers cannot starve it.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.stages import Stage

RUNS_CANDIDATES = frozenset({Stage.LINT, Stage.BUILD, Stage.RENDER})


def default_folder() -> Path:
    """A folder of this user's on this machine."""
    return Path(tempfile.gettempdir()) / f"webgen-reward-{os.getuid()}"


@contextmanager
def entered(folder: Path, stage: Stage, *, alone: bool) -> Iterator[None]:
    """Be in the room, with others or alone. Stages that run nothing of a candidate's need no room."""
    if stage not in RUNS_CANDIDATES:
        yield
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder / "turnstile", fcntl.LOCK_EX) as turnstile:
        kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
        with _locked(folder / "room", kind):
            fcntl.flock(turnstile, fcntl.LOCK_UN)
            yield


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield descriptor
    finally:
        os.close(descriptor)
