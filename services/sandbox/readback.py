"""Reading results out of a folder that hostile programs wrote. Called only after all of them are dead.

Every step is relative to an open folder and follows no link, so nothing outside that folder can be reached.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

MAX_DEPTH = 64
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_MAX_REFUSED = 100


@dataclass(slots=True)
class ReadBack:
    """Attributes:
    files: relative path -> content.
    refused: paths left out: links, devices, names that are not text, and what is beyond the limits.
    overflow: there was more than the limits allow.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    overflow: bool = False


def read_back(root: int, folder: str, *, max_files: int, max_bytes: int) -> ReadBack:
    """Regular files with one name, below a relative folder of the open folder ``root``. A folder that is missing, a
    link or named by ``..`` is refused."""
    reader = _Reader(max_files, max_bytes)
    descriptor = os.dup(root)
    try:
        for part in folder.split("/"):
            descriptor = _enter(descriptor, part)
        reader.folder(descriptor, "", 0)
    except (OSError, _RefusedFile):
        reader.found.refused.append(folder)
    finally:
        os.close(descriptor)
    return reader.found


def _enter(descriptor: int, name: str) -> int:
    if name in ("", ".", ".."):
        raise _RefusedFile
    inner = os.open(name, _FOLDER, dir_fd=descriptor)
    os.close(descriptor)
    return inner


class _Reader:
    def __init__(self, max_files: int, max_bytes: int) -> None:
        self.found = ReadBack()
        self._max_files = max_files
        self._bytes_left = max_bytes
        self._seen = 0

    def folder(self, descriptor: int, prefix: str, depth: int) -> None:
        for name in sorted(os.listdir(descriptor)):
            self._seen += 1
            if self._seen > self._max_files * 2 or len(self.found.files) >= self._max_files:
                self.found.overflow = True
                return
            self._entry(descriptor, name, prefix + name, depth)

    def _entry(self, descriptor: int, name: str, path: str, depth: int) -> None:
        mode = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
        is_text = path.isprintable() and path.encode(errors="replace").decode() == path
        try:
            if is_text and stat.S_ISDIR(mode) and depth < MAX_DEPTH:
                self._inner(descriptor, name, path, depth)
            elif is_text and stat.S_ISREG(mode):
                self.found.files[path] = self._content(descriptor, name)
            else:
                self._refuse(path)
        except (OSError, _RefusedFile):
            self._refuse(path)

    def _inner(self, descriptor: int, name: str, path: str, depth: int) -> None:
        inner = os.open(name, _FOLDER, dir_fd=descriptor)
        try:
            self.folder(inner, path + "/", depth + 1)
        finally:
            os.close(inner)

    def _content(self, descriptor: int, name: str) -> bytes:
        with os.fdopen(os.open(name, _FILE, dir_fd=descriptor), "rb") as file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
                raise _RefusedFile
            if state.st_size > self._bytes_left:
                self.found.overflow = True
                raise _RefusedFile
            content = file.read(state.st_size)
        self._bytes_left -= len(content)
        return content

    def _refuse(self, path: str) -> None:
        if len(self.found.refused) < _MAX_REFUSED:
            self.found.refused.append(path.encode(errors="backslashreplace").decode())


class _RefusedFile(Exception):
    """A file that is not taken."""
