"""The scaffold: the fixed starter (Vite, React, TypeScript, Tailwind) whose slots a model may fill alone.

Two manifests are accepted. A *slots-only* one writes nothing but slots, at least one of them: files under ``src/``
or ``public/``, and ``index.html``; Markdown files at the top are let pass. Everything else is the scaffold's. Any other
manifest is *complete* and stands for itself, so one with a ``vite.config.ts`` but no ``package.json`` fails the gate
for ``package.json``. Shell and start actions do not matter here: in a slots-only manifest they can only repeat what
the scaffold does anyway.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from services.artifact.model import ParsedCompletion
from services.contract import SiteSource

SLOT_FOLDERS = ("src/", "public/")
SLOT_FILES = ("index.html",)
EXAMPLE = "src/App.tsx"
"""What a slots-only manifest must bring itself (or another file that ``src/main.tsx`` resolves)."""

_ENTRY = "src/main.tsx"
_PAGE = "index.html"
_PROMPT = "system_prompt.md"


def _folder() -> Traversable:
    return resources.files("services.artifact") / "scaffold"


@lru_cache(maxsize=1)
def _stored() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(_walk(_folder(), "")))


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for item in folder.iterdir():
        path = prefix + item.name
        found += _walk(item, path + "/") if item.is_dir() else [(path, item.read_text(encoding="utf-8"))]
    return found


def scaffold_files() -> dict[str, str]:
    """Path -> text of every starter file."""
    return {path: text for path, text in _stored() if path != _PROMPT}


def system_prompt() -> str:
    """The system prompt for trainers: the format, the rules and the slots."""
    return dict(_stored())[_PROMPT]


def scaffold_version() -> str:
    """First 16 hexadecimal digits of the SHA-256 over the starter files and the system prompt."""
    digest = hashlib.sha256()
    for path, text in _stored():
        digest.update(f"{path}\0{text}\0".encode())
    return digest.hexdigest()[:16]


def is_slot(path: str) -> bool:
    return path in SLOT_FILES or path.startswith(SLOT_FOLDERS)


def is_slots_only(paths: list[str]) -> bool:
    """Whether a manifest of these paths leaves the configuration to the scaffold."""
    beside = (path for path in paths if not is_slot(path))
    return any(is_slot(path) for path in paths) and all("/" not in p and p.lower().endswith(".md") for p in beside)


def overlay(parsed: ParsedCompletion) -> SiteSource:
    """The site source of a completion, with the scaffold under it where it brings slots only. May be empty."""
    written = dict(parsed.files)
    if not is_slots_only(list(written)):
        return SiteSource(files=written)
    base = {path: text for path, text in scaffold_files().items() if path != EXAMPLE}
    if _ENTRY not in written.get(_PAGE, _ENTRY):
        del base[_ENTRY]
    folders = {"/".join(parts[:end]) for parts in map(_parts, written) for end in range(1, len(parts))}
    # A folder of the completion where the scaffold has a file: the completion's word stands, as with a file.
    laid_under = {path: text for path, text in base.items() if path not in folders and not _below_file(path, written)}
    return SiteSource(files=laid_under | written, slots_only=True)


def _parts(path: str) -> list[str]:
    return path.split("/")


def _below_file(path: str, files: Mapping[str, str]) -> bool:
    """Whether a folder of the path is one of the files."""
    parts = _parts(path)
    return any("/".join(parts[:end]) in files for end in range(1, len(parts)))
