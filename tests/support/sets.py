"""Small dependency sets without npm."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from build_worker.dependencies import ResolvedSet, SetStore, archive, marker

FILES: Mapping[str, bytes] = {"node_modules/a/package.json": b"{}", "node_modules/a/bin/run.js": b"run()"}


def key(letter: str) -> str:
    """Name of a set, of one hexadecimal digit."""
    return letter * 64


def filled(folder: Path, name: str, files: Mapping[str, bytes] = FILES) -> Path:
    """A folder with a sealed set; a link in ``.bin`` and the manifests of npm are always there."""
    for path, content in {"package.json": b"{}", "package-lock.json": b"{}", **files}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (folder / "node_modules/.bin").mkdir(parents=True, exist_ok=True)
    (folder / "node_modules/.bin/run").symlink_to("../a/bin/run.js")
    marker.seal(folder, ResolvedSet(name, 1, 0.5, peer_conflict=False, resolved_before="2026-11-20"))
    return folder


def archived(name: str, files: Mapping[str, bytes] = FILES) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return archive.pack(filled(Path(folder), name, files))


def put(store: SetStore, letter: str, files: Mapping[str, bytes] = FILES) -> str:
    """Put a set there as another machine sent it; its name."""
    store.unpack(key(letter), archived(key(letter), files))
    return key(letter)
