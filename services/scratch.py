"""Folders for work under way: gone afterwards, also when their process was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def scratch_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder ``parent/prefix…``, removed at the end unless it was renamed away.

    It is locked for as long as its process lives; what a killed process left is removed on the next call.

    Raises:
        OSError: the folder cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    remove_left(parent, prefix)
    # Locked before it bears the name that others look for.
    hidden = Path(tempfile.mkdtemp(prefix=f".making-{prefix}", dir=parent))
    with _locked(hidden):
        folder = hidden.rename(parent / hidden.name.removeprefix(".making-"))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_left(parent: Path, prefix: str) -> None:
    """Remove folders of this prefix whose process is gone."""
    for folder in parent.glob(f"{prefix}*"):
        with contextlib.suppress(OSError), _locked(folder):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)
