"""The folder of sets as a whole: how much it may take, and what goes when it takes more.

Only folders named like a set are ever looked at: the toolchain, the browser and whatever else lies there stay.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from build_worker.dependencies import marker
from build_worker.dependencies.locks import OLD, alone, locked
from build_worker.dependencies.marker import MARKER
from build_worker.dependencies.room import Held, Room, in_turn, short
from services.scratch import remove_left
from services.telemetry.work import set_removed, sets_held

EXPECTED_BYTES = 500_000_000
"""What one installation may need; a plain site's takes a third of it."""

_KEY = re.compile(r"[0-9a-f]{64}")
_LOCK = "evict"


class Shelf:
    """Args:
    root: the folder of sets.
    room: what the sets may take; anything where None.
    kept: keys of sets that stay whatever happens.
    """

    def __init__(self, root: Path, room: Room | None = None, kept: Iterable[str] = ()) -> None:
        self._root = root
        self._room = room
        self._kept = frozenset(kept)

    def keys(self) -> list[str]:
        """Of all sets that are there, whole or not."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(path.name for path in self._root.iterdir() if _KEY.fullmatch(path.name))
        return []

    def clear(self, *, least: int = 0, coming: int = 0, new: str = "") -> int:
        """Remove sets that nobody uses, the least recently used first, until there is room; bytes freed.

        Args:
            least: bytes to free in any case.
            coming: bytes of disk that are needed soon.
            new: key of a set that stays, as somebody is about to use it.

        Raises:
            OSError: the folder cannot be written.
        """
        remove_left(self._root, OLD)
        with locked(self._root, _LOCK):
            held = [self._look(key) for key in self.keys()]
            free = shutil.disk_usage(self._root).free - coming
            missing = max(least, short(self._room, held, free) if self._room else 0)
            gone = self._free(missing, in_turn(held, self._kept | {new}))
        self.tell()
        return gone

    def tell(self) -> None:
        """Say, as metrics, how many sets there are and what they take."""
        held = [self._look(key) for key in self.keys()]
        kept = [each for each in held if each.key in self._kept]
        sets_held("kept", len(kept), sum(each.size for each in kept))
        sets_held("passing", len(held) - len(kept), sum(each.size for each in held if each not in kept))

    def remove(self, key: str, *, wait: bool, why: Literal["room", "damaged"] = "damaged") -> bool:
        """Remove a set that nobody uses; False where somebody does and is not waited for, or it is not there."""
        folder = self._root / key
        with alone(folder, wait=wait) as held:
            if held:
                old = folder.rename(self._root / f"{OLD}{key}-{folder.stat().st_ino}")
                shutil.rmtree(old, ignore_errors=True)
                set_removed(why)
            return held

    def _free(self, missing: int, candidates: Iterable[Held]) -> int:
        gone = 0
        for each in candidates:
            if gone >= missing:
                break
            gone += each.size if self.remove(each.key, wait=False, why="room") else 0
        return gone

    def _look(self, key: str) -> Held:
        folder = self._root / key
        found = marker.read(folder)
        if found is None:
            return Held(key, _measured(folder), _changed(folder))
        return Held(key, found.disk_bytes, _changed(folder / MARKER))


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _measured(folder: Path) -> int:
    size = 0
    for path, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                size += Path(path, name).lstat().st_blocks * 512
    return size
