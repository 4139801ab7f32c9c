"""A built site in memory: which answer each of its own addresses has. Pure.

The mapping is that of ``vite preview``: files as they are, folders by their ``index.html``, and ``index.html`` of
the site for every other address without an extension.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from services.errors import InternalError

ORIGIN = "http://localhost:4173"
"""Where the site believes it lives: the address of ``vite preview``, and a secure context. Nothing listens there."""

MAX_FILES = 5_000
MAX_FILE_BYTES = 64_000_000
MAX_TOTAL_BYTES = 256_000_000

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".htm": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".map": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "text/xml; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
    ".ico": "image/x-icon",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".wasm": "application/wasm",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".pdf": "application/pdf",
}

_REFERENCE = re.compile(r"""(?:src|href)\s*=\s*["'](/[^"'?#\s]{1,500})["'?#]""")


class BundleTooLarge(Exception):
    """The bundle passes a limit; the message names it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the site answers at one address."""

    status: int
    content_type: str
    body: bytes


NOT_FOUND = Answer(404, "text/plain; charset=utf-8", b"Not found\n")


@dataclass(frozen=True, slots=True)
class Site:
    """Attributes:
    files: path without a leading slash -> content.
    base: path that the site was built to live under; begins and ends with a slash.
    font: what stands in for fonts of other origins; they are refused where it is empty.
    """

    files: Mapping[str, bytes]
    base: str = "/"
    font: bytes = b""

    @property
    def home(self) -> str:
        return ORIGIN + self.base

    def answer(self, url: str) -> Answer:
        """The answer to a GET of one of the site's own addresses."""
        path = unquote(urlsplit(url).path)
        relative = path.removeprefix(self.base) if path.startswith(self.base) else path.lstrip("/")
        for name in self._candidates(relative):
            if name in self.files:
                return Answer(200, content_type(name), self.files[name])
        return NOT_FOUND

    def read(self, address: str) -> bytes | None:
        """One of the site's own files by its address as a page writes it; None where there is none."""
        try:
            url = urljoin(self.home, address)
            answer = self.answer(url) if is_own(url) else NOT_FOUND
        except ValueError:
            return None
        return None if answer is NOT_FOUND else answer.body

    def _candidates(self, path: str) -> tuple[str, ...]:
        if path == "" or path.endswith("/"):
            return (f"{path}index.html", "index.html")
        if "." in PurePosixPath(path).name:
            return (path,)
        return (path, f"{path}.html", f"{path}/index.html", "index.html")


def content_type(name: str) -> str:
    """Media type by extension, from our own table: the machine's differs from one to the next."""
    return _TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")


def is_own(url: str) -> bool:
    """Whether the address belongs to the site itself."""
    return url == ORIGIN or url.startswith((ORIGIN + "/", ORIGIN + "?", ORIGIN + "#"))


def read_bundle(archive: bytes) -> Site:
    """Read a zip of the built folder, in memory, extracting nothing.

    Raises:
        BundleTooLarge: too many files or bytes.
        InternalError: not a readable zip, though our own build stage packed it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as packed:
            members = [member for member in packed.infolist() if not member.is_dir()]
            check_size(member.file_size for member in members)
            files = {member.filename.lstrip("/"): packed.read(member) for member in members}
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        raise InternalError(f"the bundle is not a readable zip: {error}") from error
    return Site(files, infer_base(files))


def check_size(sizes: Iterable[int]) -> None:
    """Raises:
    BundleTooLarge: more than `MAX_FILES`, `MAX_FILE_BYTES` or `MAX_TOTAL_BYTES`.
    """
    seen = list(sizes)
    if len(seen) > MAX_FILES:
        raise BundleTooLarge(f"The bundle has {len(seen)} files; at most {MAX_FILES} are rendered.")
    if max(seen, default=0) > MAX_FILE_BYTES:
        raise BundleTooLarge(f"A file of the bundle has {max(seen)} bytes; at most {MAX_FILE_BYTES} are rendered.")
    if sum(seen) > MAX_TOTAL_BYTES:
        raise BundleTooLarge(f"The bundle has {sum(seen)} bytes; at most {MAX_TOTAL_BYTES} are rendered.")


def infer_base(files: Mapping[str, bytes]) -> str:
    """The folder that the site was built to live under, read off the references of its own ``index.html``:
    ``/shop/assets/a.js`` where ``assets/a.js`` is a file means ``/shop/``."""
    html = files.get("index.html", b"")[:200_000].decode("utf-8", "replace")
    for reference in _REFERENCE.findall(html):
        parts = reference.lstrip("/").split("/")
        for cut in range(min(len(parts), 8)):
            if "/".join(parts[cut:]) in files:
                return "/" + "".join(f"{part}/" for part in parts[:cut])
    return "/"
