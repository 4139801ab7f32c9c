"""Dependency sets on disk: each resolved once, complete or absent, and read-only from then on.

A set is a folder ``root/<key>`` with ``node_modules`` and ``set.json``. It is filled aside and renamed into place,
so that a folder of that name is always whole.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator
from pathlib import Path

from build_worker.dependencies.classify import Failure
from build_worker.dependencies.declared import DeclaredDependencies, set_key
from build_worker.dependencies.install import ResolvedSet, install
from build_worker.dependencies.npm import Npm
from build_worker.node import Node
from services.errors import ToolchainError
from services.scratch import scratch_folder

_MARKER = "set.json"


class SetStore:
    """The sets below one folder. Readers need no lock; one process at a time resolves a key."""

    def __init__(self, root: Path, node: Node) -> None:
        self._root = root
        self._node = node

    def key(self, dependencies: DeclaredDependencies) -> str:
        return set_key(dependencies, self._node)

    def path(self, key: str) -> Path | None:
        """The folder of a complete set; None where it is not on this machine."""
        folder = self._root / key
        return folder if (folder / _MARKER).is_file() else None

    def resolve(self, dependencies: DeclaredDependencies, npm: Npm) -> tuple[ResolvedSet | Failure, bool]:
        """The set, and whether it was there already. A failure is the candidate's.

        Raises:
            RegistryError: the registry did not answer.
            ToolchainError: the folder of sets cannot be written.
        """
        key = self.key(dependencies)
        if found := self._read(key):
            return found, True
        try:
            with locked(self._root, key):
                if found := self._read(key):
                    return found, True
                return self._install(key, dependencies, npm), False
        except OSError as error:
            raise ToolchainError(f"dependency sets cannot be written below {self._root}: {error}") from error

    def _read(self, key: str) -> ResolvedSet | None:
        folder = self.path(key)
        return ResolvedSet(**json.loads((folder / _MARKER).read_text())) if folder else None

    def _install(self, key: str, dependencies: DeclaredDependencies, npm: Npm) -> ResolvedSet | Failure:
        with aside(self._root) as folder:
            result = install(npm, folder, dependencies, key)
            if isinstance(result, ResolvedSet):
                (folder / _MARKER).write_text(result.to_json())
                folder.rename(self._root / key)
            return result


@contextlib.contextmanager
def locked(root: Path, name: str) -> Iterator[None]:
    """One process at a time; the kernel releases the lock of one that died."""
    locks = root / ".locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def aside(root: Path) -> Iterator[Path]:
    """A folder that is filled here and renamed away, or else removed."""
    with scratch_folder(root, ".new-") as folder:
        folder.chmod(0o755)
        yield folder
