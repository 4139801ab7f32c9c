"""Content-addressed blobs: a blob's name is the SHA-256 of its content, so a blob never changes.

Bodies: `FileBlobs` (folders), `MemoryBlobs` (tests and tools). One conformance suite holds both.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import Protocol

from services.errors import BlobError
from services.telemetry.work import blob_moved

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobStore(Protocol):
    def put(self, content: bytes) -> str:
        """Keep the content; return its SHA-256 in hexadecimal. Keeping it twice costs nothing.

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


def blob_name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class MemoryBlobs:
    """Blobs in a dictionary."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        name = blob_name(content)
        self._blobs[name] = content
        return name

    def get(self, name: str) -> bytes:
        try:
            return self._blobs[name]
        except KeyError:
            raise BlobError(f"blob {name} is missing") from None

    def __contains__(self, name: str) -> bool:
        return name in self._blobs


class FileBlobs:
    """Blobs as files in ``root/ab/abcdef…``, written aside and renamed, so that a reader never sees half of one."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, content: bytes) -> str:
        name = blob_name(content)
        path = self._path(name)
        if not path.exists():
            self._write(path, content)
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

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise BlobError(f"not a blob name: {name[:80]!r}")
        return self._root / name[:2] / name

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
                file.write(content)
            Path(file.name).replace(path)
        except OSError as error:
            raise BlobError(f"blob cannot be written: {error.strerror}") from error
