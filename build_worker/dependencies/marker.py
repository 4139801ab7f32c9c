"""The marker of a set: written last, it says that the set is whole, and what it was made of.

Whole is looked at twice. At every use, cheaply: the folders' modification times are those of the day the set was
filled, so nothing was added, removed or replaced in any of them (3 ms for 800 folders). On demand, in full: every
file against the manifest (`SetStore.verify`).
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

from build_worker.dependencies import manifest
from build_worker.dependencies.manifest import Entry, ManifestError

MARKER = "set.json"
MANIFEST = "manifest.jsonl"
_BLOCK = 4_096


@dataclass(frozen=True, slots=True)
class ResolvedSet:
    """Attributes:
    key: name of the set.
    packages: installed, transitive ones included.
    seconds: the installation took.
    peer_conflict: peer dependencies do not fit together; they were installed all the same.
    resolved_before: the resolution date.
    """

    key: str
    packages: int
    seconds: float
    peer_conflict: bool
    resolved_before: str


@dataclass(frozen=True, slots=True)
class Marker:
    """Attributes:
    found: the set.
    manifest: SHA-256 of the manifest.
    folders: SHA-256 over the folders' modification times.
    disk_bytes: that the set takes on disk, about.
    """

    found: ResolvedSet
    manifest: str
    folders: str
    disk_bytes: int


def seal(folder: Path, found: ResolvedSet) -> None:
    """Write manifest and marker of a folder that is filled. What is in it is on the disk before its marker is.

    Raises:
        ManifestError: it holds what no set may hold.
        OSError: it cannot be written.
    """
    entries = manifest.take(folder)
    content = manifest.to_bytes(entries)
    (folder / MANIFEST).write_bytes(content)
    (folder / MANIFEST).chmod(0o644)
    _mark(folder, found, entries, content)


def _mark(folder: Path, found: ResolvedSet, entries: tuple[Entry, ...], content: bytes) -> None:
    times = _times(folder, manifest.folders(content))
    marker = Marker(found, hashlib.sha256(content).hexdigest(), times, _size(entries))
    os.sync()
    (folder / MARKER).write_text(json.dumps(asdict(marker)))
    (folder / MARKER).chmod(0o644)


def read(folder: Path) -> Marker | None:
    """The marker; None where there is none that can be read."""
    try:
        body = json.loads((folder / MARKER).read_text())
        return Marker(**{**body, "found": ResolvedSet(**body["found"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_whole(folder: Path, marker: Marker) -> bool:
    """The cheap look."""
    try:
        status = (folder / MANIFEST).stat()
        folders = _known_folders(folder, status.st_ino, status.st_mtime_ns, marker.manifest)
        return _times(folder, folders) == marker.folders
    except (OSError, ManifestError):
        return False


def damage(folder: Path) -> list[str]:
    """The full look at a set in its place: what is wrong, as paths within it."""
    marker = read(folder)
    if marker is None or marker.found.key != folder.name:
        return [MARKER]
    try:
        content = (folder / MANIFEST).read_bytes()
        if hashlib.sha256(content).hexdigest() != marker.manifest:
            return [MANIFEST]
        return manifest.damage(folder, manifest.from_bytes(content))
    except (OSError, ManifestError):
        return [MANIFEST]


def renew(folder: Path) -> bool:
    """Mark a set anew whose folders only bear other times, as after a copy; False where anything is wrong with it.

    Raises:
        OSError: the marker cannot be written.
    """
    marker = read(folder)
    if marker is None or damage(folder):
        return False
    content = (folder / MANIFEST).read_bytes()
    _mark(folder, marker.found, manifest.from_bytes(content), content)
    return True


@lru_cache(maxsize=64)
def _known_folders(folder: Path, inode: int, changed: int, digest: str) -> tuple[str, ...]:
    """Read once by a process for each manifest; inode and time name the file."""
    content = (folder / MANIFEST).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ManifestError("the manifest is not the marker's")
    return manifest.folders(content)


def _times(folder: Path, folders: tuple[str, ...]) -> str:
    # As text: paths as objects would take three times as long, at every use of a set.
    places = (f"{folder}/{path}" for path in folders)
    times = [os.stat(place, follow_symlinks=False).st_mtime_ns for place in places]  # noqa: PTH116
    return hashlib.sha256(repr(times).encode()).hexdigest()


def _size(entries: tuple[Entry, ...]) -> int:
    """Files and folders take whole blocks."""
    return sum(-(-max(entry.size, 1) // _BLOCK) * _BLOCK for entry in entries)
