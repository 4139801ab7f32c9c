"""Dependency sets on disk: each resolved once, complete or absent, and read-only from then on.

A set is a folder ``root/<key>``: ``node_modules``, ``package.json`` and lock file, the manifest of all of these, and
the marker. It is filled aside and renamed into place, so that a folder of that name was whole when it came there.

Whoever fills, repairs or removes a set holds its name's lock; whoever uses one shares the lock of its folder, which
those who remove it must hold alone (`build_worker.dependencies.locks`).
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from build_worker.dependencies import archive, marker
from build_worker.dependencies.classify import Failure
from build_worker.dependencies.declared import DeclaredDependencies, set_key
from build_worker.dependencies.install import NoRoom, install
from build_worker.dependencies.locks import alone, aside, locked, shared
from build_worker.dependencies.manifest import ManifestError
from build_worker.dependencies.marker import MARKER, ResolvedSet
from build_worker.dependencies.npm import Npm
from build_worker.dependencies.release import RESOLVED_BEFORE
from build_worker.dependencies.room import Room
from build_worker.dependencies.shelf import EXPECTED_BYTES, Shelf
from build_worker.node import Node
from services.errors import DependencySetMissing, ToolchainError
from services.telemetry.work import set_added, set_looked_up

Fill = Callable[[Path], ResolvedSet | Failure]
"""Fills an empty folder with a set."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


class SetStore:
    """The sets below one folder.

    Args:
        root: the folder; build workers may have it read-only.
        node: the Node and npm that sets are made with.
        before: the resolution date, ``YYYY-MM-DD``.
        room: what the sets may take; anything where None.
        kept: declarations whose sets stay whatever happens.
    """

    def __init__(
        self,
        root: Path,
        node: Node,
        before: str = RESOLVED_BEFORE,
        room: Room | None = None,
        kept: Iterable[DeclaredDependencies] = (),
    ) -> None:
        self._root = root
        self._node = node
        self._before = before
        self._shelf = Shelf(root, room, map(self.key, kept))

    def key(self, dependencies: DeclaredDependencies) -> str:
        return set_key(dependencies, self._node, self._before)

    def path(self, key: str) -> Path | None:
        """The folder of a whole set; None where it is not on this machine. Nothing holds it: see `use`."""
        return self._root / key if self._whole(key) else None

    @contextlib.contextmanager
    def use(self, key: str) -> Iterator[Path]:
        """The folder of a whole set, which nobody removes or repairs meanwhile.

        Raises:
            DependencySetMissing: it is not on this machine, or is damaged: resolving it again mends that.
        """
        folder = self._root / key
        with shared(folder) as held:
            if not held or not self._whole(key):
                raise DependencySetMissing(f"the dependency set {key[:64]} is not on this machine")
            # The build workers' folder may be read-only, or another user's: resolving counts as use, too.
            with contextlib.suppress(OSError):
                os.utime(folder / MARKER)
            yield folder

    def resolve(self, dependencies: DeclaredDependencies, npm: Npm) -> tuple[ResolvedSet | Failure, bool]:
        """The set, and whether it was there already. A failure is the candidate's.

        Raises:
            RegistryError: the registry did not answer.
            ToolchainError: the folder of sets cannot be written, or the disk is full.
        """
        key = self.key(dependencies)

        def fill(folder: Path) -> ResolvedSet | Failure:
            return install(npm, folder, dependencies, key, self._before)

        found, was_there = self._obtain(key, fill)
        set_looked_up("failed" if isinstance(found, Failure) else "hit" if was_there else "installed")
        if isinstance(found, ResolvedSet) and not was_there:
            set_added("installed", self._disk_bytes(key))
        return found, was_there

    def pack(self, key: str) -> bytes:
        """The set as an archive; equal sets give equal bytes.

        Raises:
            DependencySetMissing: it is not there, or is damaged.
        """
        with self.use(key) as folder:
            try:
                return archive.pack(folder)
            except (archive.ArchiveError, ManifestError, OSError) as error:
                self.distrust(key)
                raise DependencySetMissing(f"the dependency set {key} is damaged: {error}") from error

    def unpack(self, key: str, content: bytes) -> None:
        """Put a set there from an archive, where it is not there.

        Raises:
            DependencySetMissing: the archive is damaged, or not that set's.
            ToolchainError: the folder of sets cannot be written, or the disk is full.
        """
        try:
            _, was_there = self._obtain(key, lambda folder: archive.unpack(content, folder, key))
        except archive.ArchiveError as error:
            raise DependencySetMissing(f"the archive of the dependency set {key}: {error}") from error
        set_looked_up("hit" if was_there else "unpacked")
        if not was_there:
            set_added("unpacked", self._disk_bytes(key))

    def verify(self, key: str) -> list[str]:
        """The full look at a set: paths within it that are not as they were when it was filled.

        Raises:
            DependencySetMissing: it is not on this machine.
        """
        with shared(self._root / key) as held:
            if not held:
                raise DependencySetMissing(f"the dependency set {key[:64]} is not on this machine")
            return marker.damage(self._root / key)

    def distrust(self, key: str) -> None:
        """Take the marker of a damaged set away, and all of it where nobody uses it: nobody begins to, and the next
        who resolves it fills it anew.

        Raises:
            OSError: the folder cannot be written.
        """
        (self._root / key / MARKER).unlink(missing_ok=True)
        self._shelf.remove(key, wait=False)

    def held(self) -> list[str]:
        """Of all sets on this machine, whole or not."""
        return self._shelf.keys()

    def tell(self) -> None:
        """Say, as metrics, what is on this machine."""
        self._shelf.tell()

    def _disk_bytes(self, key: str) -> int:
        found = marker.read(self._root / key)
        return found.disk_bytes if found else 0

    def _whole(self, key: str) -> bool:
        found = marker.read(self._root / key)
        return found is not None and found.found.key == key and marker.is_whole(self._root / key, found)

    def _there(self, key: str) -> ResolvedSet | None:
        with contextlib.suppress(DependencySetMissing), self.use(key) as folder:
            found = marker.read(folder)
            return found.found if found else None
        return None

    def _obtain(self, key: str, fill: Fill) -> tuple[ResolvedSet | Failure, bool]:
        """One process fills it; who waited for that finds it there."""
        if found := self._there(key):
            return found, True
        try:
            with locked(self._root, key):
                if (found := self._there(key)) or (found := self._mended(key)):
                    return found, True
                return self._filled(key, fill), False
        except OSError as error:
            raise ToolchainError(f"dependency sets cannot be written below {self._root}: {error}") from error

    def _mended(self, key: str) -> ResolvedSet | None:
        """A set that only looks damaged, as after a copy; one that is damaged is removed once nobody uses it."""
        folder = self._root / key
        with alone(folder, wait=True) as held:
            if held and marker.renew(folder):
                found = marker.read(folder)
                return found.found if found and found.found.key == key else None
        self._shelf.remove(key, wait=True)
        return None

    def _filled(self, key: str, fill: Fill) -> ResolvedSet | Failure:
        """Where the disk fills up in the middle, room is made and it is tried once more."""
        self._shelf.clear(coming=EXPECTED_BYTES)
        try:
            result = self._fill(key, fill)
        except NoRoom:
            if not self._shelf.clear(least=EXPECTED_BYTES):
                raise
            result = self._fill(key, fill)
        self._shelf.clear(new=key)
        return result

    def _fill(self, key: str, fill: Fill) -> ResolvedSet | Failure:
        try:
            with aside(self._root) as folder:
                result = fill(folder)
                if isinstance(result, ResolvedSet):
                    marker.seal(folder, result)
                    folder.rename(self._root / key)
                return result
        except OSError as error:
            if error.errno in _FULL:
                raise NoRoom(f"the disk of {self._root} is full") from error
            raise
