"""The grader's own linter, type checker and bundler: pinned by a lock file, installed once for each machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from build_worker.dependencies.classify import classify
from build_worker.dependencies.locks import aside, locked
from build_worker.dependencies.npm import Npm
from build_worker.node import Node, find_node
from services.errors import RegistryError, ToolchainError
from services.settings import ToolSettings

MEND = "Mend: `make install`, or `python -m build_worker.setup`"
_SOURCE = Path(__file__).parent
_PACKAGES = ("package.json", "package-lock.json", "oxlint.json")
_BUILDER = "builder"
BUILDER = f"{_BUILDER}/server.mjs"
"""The warm builder's program, below the toolchain's folder."""
_MARKER = "complete"
_SECONDS = 300.0


def toolchain_hash(node: Node) -> str:
    """Names the toolchain: its packages, its configuration, the builder's programs and the Node that runs them."""
    digest = hashlib.sha256(f"{node.version} {node.npm_version}".encode())
    for name in _files():
        content = (_SOURCE / name).read_bytes()
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def toolchain_path(tools: ToolSettings) -> Path:
    """Folder of the prepared toolchain.

    Raises:
        ToolchainError: it is not prepared on this machine.
    """
    folder = _folder(tools, find_node(tools))
    if not (folder / _MARKER).is_file():
        raise ToolchainError(f"the toolchain is not prepared in {folder}. {MEND}")
    return folder


def prepare_toolchain(tools: ToolSettings, registry: str | None = None) -> Path:
    """Install the toolchain where it is not yet; return its folder.

    Raises:
        RegistryError: its packages cannot be fetched.
        ToolchainError: Node is missing, or the folder cannot be written.
    """
    node = find_node(tools)
    folder = _folder(tools, node)
    try:
        with locked(tools.sets, folder.name):
            if not (folder / _MARKER).is_file():
                _install(folder, Npm(node, registry))
    except OSError as error:
        raise ToolchainError(f"the toolchain cannot be written below {tools.sets}: {error}") from error
    return folder


def _files() -> list[str]:
    """What the toolchain's folder gets from here, as relative paths."""
    programs = (_SOURCE / _BUILDER).rglob("*.mjs")
    return [*_PACKAGES, *sorted(path.relative_to(_SOURCE).as_posix() for path in programs)]


def _folder(tools: ToolSettings, node: Node) -> Path:
    return tools.place(f"toolchain-{toolchain_hash(node)}")


def _install(folder: Path, npm: Npm) -> None:
    with aside(folder.parent) as new:
        for name in _files():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes((_SOURCE / name).read_bytes())
        run = npm.install_locked(new, _SECONDS)
        if not run.succeeded:
            raise RegistryError(f"the toolchain: {classify(run.output, timed_out=run.timed_out).message}")
        (new / _MARKER).write_text("")
        new.rename(folder)
