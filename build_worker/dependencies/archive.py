"""A dependency set as one archive, to carry it from one machine to another.

A gzipped tar: the manifest, what the marker says of the set, then the manifest's entries in its order. Equal sets give
equal bytes. The reader takes nothing on trust: a member must be the very next entry of the manifest, in name, kind,
mode, size and content. So a path or a link that leaves the set, a device, a hard link, a name that is there twice, or
more than was announced has no place to be.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from build_worker.dependencies import manifest
from build_worker.dependencies.manifest import FILE, FOLDER, LINK, Entry
from build_worker.dependencies.marker import MANIFEST, ResolvedSet, read

SET_ARCHIVE = "dependency-set.tar.gz"
"""Name of the artifact that carries a set."""

FOUND = "found.json"
"""Name of the member that holds the `ResolvedSet`."""

MOST_BYTES = 4_000_000_000
"""Of one unpacked set; the largest seen are a tenth of it."""
MOST_ENTRIES = 400_000

_LEVEL = 1
"""A set is packed once and fetched within a data centre: level 6 takes four times as long for 15 % less."""
_MANIFEST_BYTES = 100_000_000
_FOUND_BYTES = 100_000
_HEADER_BYTES = 8_192
_CHUNK = 1_048_576
_NO_ARCHIVE = (
    tarfile.TarError,
    manifest.ManifestError,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    ValueError,
    TypeError,
)
_KINDS = {tarfile.REGTYPE: FILE, tarfile.DIRTYPE: FOLDER, tarfile.SYMTYPE: LINK}


class ArchiveError(Exception):
    """The archive is not a set's, or is damaged."""


def pack(folder: Path) -> bytes:
    """The archive of a sealed set.

    Raises:
        ArchiveError: the set is not what its manifest says.
        OSError: it cannot be read.
    """
    content, found = (folder / MANIFEST).read_bytes(), read(folder)
    if found is None:
        raise ArchiveError("the set has no marker")
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=_LEVEL, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        _add(tar, MANIFEST, content)
        _add(tar, FOUND, json.dumps(asdict(found.found), sort_keys=True).encode())
        for entry in manifest.from_bytes(content):
            _add_entry(tar, folder, entry)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    tar.addfile(member, io.BytesIO(content))


def _add_entry(tar: tarfile.TarFile, folder: Path, entry: Entry) -> None:
    if entry.kind == FILE:
        content = (folder / entry.path).read_bytes()
        if hashlib.sha256(content).hexdigest() != entry.content:
            raise ArchiveError(f"{entry.path[:200]} is not what the manifest says")
        return _add(tar, entry.path, content, entry.mode)
    member = tarfile.TarInfo(entry.path)
    member.mode = entry.mode
    member.type = tarfile.DIRTYPE if entry.kind == FOLDER else tarfile.SYMTYPE
    member.linkname = entry.content if entry.kind == LINK else ""
    tar.addfile(member)
    return None


def unpack(archive: bytes, folder: Path, key: str) -> ResolvedSet:
    """Fill an empty folder of ours with the set; it is not sealed yet.

    Raises:
        ArchiveError: the archive is not that set's, or is damaged.
        OSError: the folder cannot be written.
    """
    try:
        return _unpack(archive, folder, key)
    except _NO_ARCHIVE as error:
        raise ArchiveError(f"not a set's archive: {error}") from error


def _unpack(archive: bytes, folder: Path, key: str) -> ResolvedSet:
    with gzip.GzipFile(fileobj=io.BytesIO(archive)) as zipped:
        source = _Bounded(zipped, _MANIFEST_BYTES + _FOUND_BYTES)
        with tarfile.open(fileobj=source, mode="r|", errors="strict") as tar:
            entries = manifest.from_bytes(_named(tar, MANIFEST, _MANIFEST_BYTES))
            found = ResolvedSet(**json.loads(_named(tar, FOUND, _FOUND_BYTES)))
            if found.key != key:
                raise ArchiveError("it is the archive of another set")
            source.left = _allowance(entries)
            for entry in entries:
                _take(tar, folder, entry)
            if tar.next() is not None:
                raise ArchiveError("it holds more than its manifest")
    return found


def _allowance(entries: tuple[Entry, ...]) -> int:
    size = sum(entry.size for entry in entries)
    if size > MOST_BYTES or len(entries) > MOST_ENTRIES:
        raise ArchiveError(f"{len(entries)} entries of {size} bytes are more than a set may have")
    return size + (len(entries) + 8) * _HEADER_BYTES


class _Bounded(io.RawIOBase):
    """A stream that ends in an error where an archive swells beyond what it announced."""

    def __init__(self, source: gzip.GzipFile, left: int) -> None:
        self._source = source
        self.left = left

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        content = self._source.read(size)
        self.left -= len(content)
        if self.left < 0:
            raise ArchiveError("it swells beyond what it announces")
        return content


def _named(tar: tarfile.TarFile, name: str, most: int) -> bytes:
    member = tar.next()
    if member is None or member.name != name or not _is_plain(member) or member.size > most:
        raise ArchiveError(f"no {name} where it should be")
    return b"".join(_content(tar, member))


def _take(tar: tarfile.TarFile, folder: Path, entry: Entry) -> None:
    member = tar.next()
    if member is None or not _is(member, entry):
        raise ArchiveError(f"{entry.path[:200]!r} is not what comes next in the archive")
    place = folder / entry.path
    match entry.kind:
        case "folder":
            place.mkdir(mode=entry.mode)
        case "link":
            place.symlink_to(entry.content)
        case _:
            _write(tar, member, place, entry)


def _is(member: tarfile.TarInfo, entry: Entry) -> bool:
    kind = _KINDS.get(member.type)
    target = entry.content if entry.kind == LINK else ""
    same = (member.name, kind, member.linkname, member.size) == (entry.path, entry.kind, target, entry.size)
    return same and not member.sparse and (kind == LINK or member.mode == entry.mode)


def _is_plain(member: tarfile.TarInfo) -> bool:
    return member.type == tarfile.REGTYPE and not member.sparse


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path, entry: Entry) -> None:
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(place, flags, entry.mode), "wb") as file:
        for chunk in _content(tar, member):
            digest.update(chunk)
            file.write(chunk)
        os.fchmod(file.fileno(), entry.mode)
    if digest.hexdigest() != entry.content:
        raise ArchiveError(f"{entry.path[:200]!r} has another content than the manifest says")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Iterator[bytes]:
    """Opens nothing but the bytes that follow the member's header."""
    source = tar.extractfile(member)
    while source and (chunk := source.read(_CHUNK)):
        yield chunk
