"""Reading what a container's keeper says after its job: a bounded stream, forged at worst. Pure.

The stream: a line ``exit-code disk-is-full files-are-in``, then entries ``kind links size path`` each ended by a NUL
and all of them by another, then the contents of the regular files with one name in the same order, then the mark again.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from services.sandbox.readback import ReadBack

MAX_LIST_BYTES = 16_000_000
MAX_REFUSED = 100
_END = b"\0\0"
_MAX_LINE = 64


class Marked:
    """One stream up to its mark, and what comes after.

    Args:
        keep: most bytes kept of what comes before; all are counted.
    """

    def __init__(self, mark: bytes, keep: int) -> None:
        self._mark = mark
        self._keep = keep
        self._held = bytearray()
        self.before = bytearray()
        self.count = 0
        self.found = False
        self.after = bytearray()

    def take(self, chunk: bytes) -> None:
        if self.found:
            self.after += chunk
            return
        self._held += chunk
        at = self._held.find(self._mark)
        self.found = at >= 0
        if self.found:
            self.after += self._held[at + len(self._mark) :]
            self._release(at)
            self._held.clear()
        else:
            self._release(len(self._held) - len(self._mark) + 1)

    def end(self) -> None:
        """Nothing more comes: what was held is no part of a mark."""
        self._release(len(self._held))

    def _release(self, size: int) -> None:
        if size > 0:
            self.count += size
            self.before += self._held[: min(size, max(0, self._keep - len(self.before)))]
            del self._held[:size]


@dataclass(frozen=True, slots=True)
class Entry:
    is_file: bool
    size: int
    path: str


@dataclass(slots=True)
class Results:
    """Attributes:
    exit_code: None until it is known.
    done: nothing more is to be read.
    broken: the stream ended or did not keep to its form.
    """

    mark: bytes
    folder: str | None
    max_files: int
    max_bytes: int
    exit_code: int | None = None
    disk_full: bool = False
    files_in: bool = True
    done: bool = False
    broken: bool = False
    found: ReadBack = field(default_factory=ReadBack)
    _entries: list[Entry] | None = None
    _searched: int = 0

    def read(self, stream: bytearray) -> None:
        """Take off the stream's front whatever is whole by now."""
        try:
            if self.exit_code is None and b"\n" in stream[:_MAX_LINE]:
                self._ending(stream)
            if self.exit_code is not None and not self.done:
                self._go_on(stream)
        except (ValueError, UnicodeError):
            self.done = self.broken = True

    def _ending(self, stream: bytearray) -> None:
        line, _, _ = bytes(stream[:_MAX_LINE]).partition(b"\n")
        code, full, is_in = (int(word) for word in line.split())
        self.exit_code, self.disk_full, self.files_in = code & 255, bool(full), bool(is_in)
        del stream[: len(line) + 1]

    def _go_on(self, stream: bytearray) -> None:
        if self._entries is None:
            self._list(stream)
        if self._entries is not None and not self.done:
            self._contents(stream)

    def _list(self, stream: bytearray) -> None:
        at = -1 if stream[:1] == b"\0" else stream.find(_END, max(0, self._searched - 1))
        self._searched = len(stream)
        if at >= 0 or stream[:1] == b"\0":
            lines = bytes(stream[: max(0, at)]).split(b"\0") if at >= 0 else []
            del stream[: at + 2]
            self._sort(lines)
        elif len(stream) > MAX_LIST_BYTES:
            self.found.overflow = self.done = True

    def _sort(self, lines: list[bytes]) -> None:
        """Which entries are files to take; the others are refused."""
        entries = []
        for line in lines:
            kind, links, size, path = line.split(b" ", 3)
            name = path.decode(errors="surrogateescape")
            is_text = name.isprintable() and name.encode(errors="replace").decode() == name
            is_whole = kind == b"f" and int(links) == 1
            if is_whole:
                entries.append(Entry(is_text, _size(size), name))
            if self.folder is not None and kind != b"d" and not (is_whole and is_text):
                self._refuse(name or str(self.folder))
        self.found.overflow = self.folder is not None and len(lines) > 2 * self.max_files
        self._entries = [] if self.found.overflow else entries

    def _contents(self, stream: bytearray) -> None:
        """Files that are whole by now, within what may be read."""
        taken = 0
        while self._entries and not self.done:
            entry = self._entries[0]
            if len(self.found.files) >= self.max_files or entry.size > self.max_bytes:
                self.found.overflow = self.done = True
            elif len(stream) < taken + entry.size:
                break
            else:
                del self._entries[0]
                self._take(entry, bytes(stream[taken : taken + entry.size]))
                taken += entry.size
        del stream[:taken]
        if not self.done and stream.endswith(self.mark):
            self.done, self.broken = True, bool(self._entries)

    def _take(self, entry: Entry, content: bytes) -> None:
        self.max_bytes -= entry.size
        if entry.is_file:
            self.found.files[entry.path] = content

    def _refuse(self, path: str) -> None:
        if len(self.found.refused) < MAX_REFUSED:
            self.found.refused.append(path.encode(errors="backslashreplace").decode())


def _size(text: bytes) -> int:
    size = int(text)
    if size < 0:
        raise ValueError("a file's size is negative")
    return size
