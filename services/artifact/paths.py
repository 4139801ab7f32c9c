"""Paths of files in a completion: made normal, or refused with a reason."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from services.artifact.limits import MAX_PATH_CHARACTERS, MAX_SEGMENT_BYTES, MAX_SEGMENTS
from services.artifact.notes import REPLACEMENT

_DRIVE = re.compile(r"[A-Za-z]:")
_ODD_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_RESERVED = frozenset({"node_modules", ".git"})


@dataclass(frozen=True, slots=True)
class Refused:
    """A path that is not taken; ``reason`` completes the sentence "The path …"."""

    reason: str


def normal_path(raw: str) -> str | Refused:
    """POSIX path relative to the site's folder: no empty, ``.`` or ``..`` segment, no odd character."""
    path = raw.strip(" \t\r\n")
    reason = _wrong_as_text(path)
    if reason:
        return Refused(reason)
    segments = [segment for segment in path.split("/") if segment not in ("", ".")]
    reason = _wrong_segments(segments)
    return Refused(reason) if reason else "/".join(segments)


def _wrong_as_text(path: str) -> str | None:
    if not path:
        return "is empty"
    if len(path) > MAX_PATH_CHARACTERS:
        return f"is longer than {MAX_PATH_CHARACTERS} characters"
    if any(c == REPLACEMENT or unicodedata.category(c) in _ODD_CATEGORIES for c in path):
        return "contains a control or invisible character"
    if "\\" in path:
        return "contains a backslash"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    return "names a folder" if path.endswith("/") else None


def _wrong_segments(segments: list[str]) -> str | None:
    if not segments:
        return "names no file"
    if ".." in segments:
        return "leaves the site's folder"
    if len(segments) > MAX_SEGMENTS:
        return f"has more than {MAX_SEGMENTS} segments"
    if any(len(segment.encode()) > MAX_SEGMENT_BYTES for segment in segments):
        return f"has a segment longer than {MAX_SEGMENT_BYTES} bytes"
    reserved = next((s for s in segments if s.lower() in _RESERVED), None)
    return f"is inside {reserved}, which is not the model's to write" if reserved else None


class Paths:
    """The paths taken so far: tells a repeated path from one that would collide with another.

    Two paths collide when they differ only in case or in Unicode form, or when one is a folder of the other.
    """

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: set[str] = set()

    def collision(self, path: str) -> str | None:
        """The taken path that this one collides with; None where it is free, or taken exactly so."""
        key = _key(path)
        taken = self._files.get(key)
        if taken is not None:
            return None if taken == path else taken
        if key in self._folders:
            return f"{path}/"
        return next((self._files[folder] for folder in _parents(key) if folder in self._files), None)

    def take(self, path: str) -> None:
        key = _key(path)
        self._files[key] = path
        self._folders.update(_parents(key))


def _key(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _parents(key: str) -> list[str]:
    segments = key.split("/")
    return ["/".join(segments[:count]) for count in range(1, len(segments))]
