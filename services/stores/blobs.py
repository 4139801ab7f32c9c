"""Content-addressed blobs: a blob's name is the SHA-256 of its content, so a blob never changes.

Bodies: `FileBlobs` (folders), `services.stores.s3_blobs.S3Blobs` (a bucket), `MemoryBlobs` (tests and tools). One
conformance suite holds them all.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.errors import BlobError
from services.telemetry.work import blob_moved

_NAME = re.compile(r"[0-9a-f]{64}")
_ASIDE = ".new-"
_TAKEN = ".old-"


@dataclass(frozen=True, slots=True)
class Kept:
    """One blob as a listing found it.

    Attributes:
        size: bytes.
        written_at: seconds since the epoch; renewing counts as writing.
        copy: which of several copies this is, in the store's own words.
        spare: a younger copy of the same blob is there, which every reader takes instead.
    """

    name: str
    size: int
    written_at: float
    copy: str = ""
    spare: bool = False


class BlobStore(Protocol):
    def put(self, content: bytes) -> str:
        """Keep the content; return its SHA-256 in hexadecimal. Keeping it twice costs nothing, and renews it.

        Raises:
            BlobError: it could not be written.
        """
        ...

    def get(self, name: str) -> bytes:
        """The content.

        Raises:
            BlobError: it is missing, damaged or unreadable.
        """
        ...

    def __contains__(self, name: str) -> bool: ...

    def renew(self, name: str) -> bool:
        """Whether the blob is there; where it is, it counts as written just now. Whoever will refer to a blob that it
        did not put asks this, and not whether it is there: an old one that nobody refers to may go at any moment.

        Raises:
            BlobError: the store did not answer.
        """
        ...

    def listed(self) -> Iterator[Kept]:
        """Everything that is kept; what is put meanwhile may be among it.

        Raises:
            BlobError: the store did not answer.
        """
        ...

    def remove(self, kept: Kept) -> bool:
        """Remove what was listed so, unless it was renewed since; whether it is gone by this.

        Raises:
            BlobError: it could not be removed.
        """
        ...


def blob_name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def checked_name(name: str) -> str:
    """Raises:
    BlobError: not the name of a blob.
    """
    if not _NAME.fullmatch(name):
        raise BlobError(f"not a blob name: {name[:80]!r}")
    return name


class MemoryBlobs:
    """Blobs in a dictionary."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._blobs: dict[str, bytes] = {}
        self._written: dict[str, float] = {}
        self._clock = clock

    def put(self, content: bytes) -> str:
        name = blob_name(content)
        self._blobs[name] = content
        self._written[name] = self._clock()
        return name

    def get(self, name: str) -> bytes:
        try:
            return self._blobs[name]
        except KeyError:
            raise BlobError(f"blob {name} is missing") from None

    def __contains__(self, name: str) -> bool:
        return name in self._blobs

    def renew(self, name: str) -> bool:
        if name in self._blobs:
            self._written[name] = self._clock()
        return name in self._blobs

    def listed(self) -> Iterator[Kept]:
        return iter([Kept(name, len(content), self._written[name]) for name, content in self._blobs.items()])

    def remove(self, kept: Kept) -> bool:
        if self._written.get(kept.name) != kept.written_at:
            return False
        del self._blobs[kept.name], self._written[kept.name]
        return True


class FileBlobs:
    """Blobs as files in ``root/ab/abcdef…``, written aside and renamed, so that a reader never sees half of one. A
    file's time of change says when its blob was written or renewed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        name = blob_name(content)
        if not self.renew(name):
            self._write(self._path(name), content)
            blob_moved("written", len(content))
        return name

    def get(self, name: str) -> bytes:
        try:
            content = self._path(name).read_bytes()
        except OSError as error:
            raise BlobError(f"blob {name} cannot be read: {error.strerror}") from error
        if blob_name(content) != name:
            raise BlobError(f"blob {name} is damaged")
        blob_moved("read", len(content))
        return content

    def __contains__(self, name: str) -> bool:
        return self._path(name).exists()

    def renew(self, name: str) -> bool:
        path = self._path(name)
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        except PermissionError:  # another user's
            self._write(path, self.get(name))
        except OSError as error:
            raise BlobError(f"blob {name} cannot be renewed: {error.strerror}") from error
        return True

    def listed(self) -> Iterator[Kept]:
        for folder in sorted(self._root.glob("[0-9a-f][0-9a-f]")):
            with os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # gone since the folder was read
                        yield from _kept(entry)

    def remove(self, kept: Kept) -> bool:
        try:
            if kept.spare:
                (self._root / kept.copy).unlink()
                return True
            return self._take(self._path(kept.name), kept.written_at)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise BlobError(f"blob {kept.name} cannot be removed: {error.strerror}") from error

    def _take(self, path: Path, written_at: float) -> bool:
        """Renewing and removing never both succeed: the file is taken aside first, and put back where it turns out to
        have been renewed."""
        aside = path.with_name(f"{_TAKEN}{path.name}")
        path.rename(aside)
        is_old = aside.stat().st_mtime == written_at
        if not is_old:
            with suppress(FileExistsError):  # written anew meanwhile
                path.hardlink_to(aside)
        aside.unlink()
        return is_old

    def _path(self, name: str) -> Path:
        return self._root / checked_name(name)[:2] / name

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_ASIDE, delete=False) as file:
                file.write(content)
            Path(file.name).replace(path)
        except OSError as error:
            raise BlobError(f"blob cannot be written: {error.strerror}") from error


def _kept(entry: os.DirEntry[str]) -> Iterator[Kept]:
    """A file of a blob; or what a process that died half way left of one, which nobody reads."""
    found = entry.stat()
    if _NAME.fullmatch(entry.name):
        yield Kept(entry.name, found.st_size, found.st_mtime)
    elif entry.name.startswith((_ASIDE, _TAKEN)):
        copy = f"{Path(entry.path).parent.name}/{entry.name}"
        yield Kept(entry.name, found.st_size, found.st_mtime, copy, spare=True)
