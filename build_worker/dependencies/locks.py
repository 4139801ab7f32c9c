"""Locks between processes. The kernel releases those of a process that died.

Two kinds: a named one, which the processes that fill a folder hold in turn, and a folder's own, which its users share
and whoever removes it holds alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from services.scratch import scratch_folder

NEW = ".new-"
OLD = ".old-"


@contextlib.contextmanager
def locked(root: Path, name: str) -> Iterator[None]:
    """One process at a time under this name. The lock's file is gone afterwards: names are as many as candidates
    think of.

    Raises:
        OSError: the folder of locks cannot be written.
    """
    locks = root / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    path = locks / name
    file = _own(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _own(path: Path) -> int:
    """A descriptor that holds the lock of the file that is there: one that was waited for may have been removed."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_at(file, path):
            return file
        os.close(file)


@contextlib.contextmanager
def shared(folder: Path) -> Iterator[bool]:
    """Holds a folder against removal; False where it is not there, or about to go. Needs no right to write."""
    with _held(folder, fcntl.LOCK_SH | fcntl.LOCK_NB) as held:
        yield held


@contextlib.contextmanager
def alone(folder: Path, *, wait: bool) -> Iterator[bool]:
    """Holds a folder that nobody uses; False where it is not there, or in use and not waited for."""
    with _held(folder, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB) as held:
        yield held


@contextlib.contextmanager
def _held(folder: Path, kind: int) -> Iterator[bool]:
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        yield _lock(descriptor, kind) and _is_at(descriptor, folder)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether the path still names what was opened there."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def aside(root: Path) -> Iterator[Path]:
    """A folder that is filled here and renamed away, or else removed."""
    with scratch_folder(root, NEW) as folder:
        folder.chmod(0o755)
        yield folder
