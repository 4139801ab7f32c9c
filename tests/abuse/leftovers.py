"""What an attack left on the machine: a snapshot of an idle stack, and how a later one differs from it."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

from tests.abuse.containers import Containers
from tests.abuse.processes import descendants, kinds

KNOWN = re.compile(
    r"data/(blobs/.*|logs/.*|records\.db.*|run/.*)"  # what the service keeps, by design
    r"|npm/.*"  # npm's cache and logs
    r"|sets/(\.locks/.*|\.used/.*)"
    r"|tmp/webgen-metrics-[^/]+/\.?(counter|gauge_[a-z]+|histogram)(_\d+\.db|-new)"  # what its processes count
)
"""Files of the stack's folder that come and change as it works."""

_SET = re.compile(r"sets/[0-9a-f]{64}(?:/|$)")
_TOUCHED = re.compile(r"sets/[0-9a-f]{64}/set\.json")
"""Its time says when the set was last used; so its content is compared instead."""

_STANDING = re.compile(r"(tmp/webgen-sandbox-[^/]+)/driver")
"""The folder of a browser that a worker keeps from job to job; it is replaced after anything unusual."""

_SHARED = ("/tmp", "/var/tmp", "/dev/shm", "/run")

Stamp = tuple[int, int, int, int]
"""Size, time of change, inode and mode; of a folder, the mode alone; of a touched file, a checksum for the time."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Attributes:
    processes: how many of each (user, program name).
    files: path -> stamp of everything in the stack's folder but what is `KNOWN`.
    strays: files in the machine's shared folders that belong to the sandbox's user.
    mounts: mount points that the processes of the stack share, but those of containers that are there.
    outlived: containers whose worker is gone.
    surplus: containers that wait and that no pool of the stack holds.
    contained: processes inside the stack's containers.
    standing: browsers that workers keep.
    """

    processes: Counter[tuple[int, str]]
    files: Mapping[str, Stamp]
    strays: frozenset[str]
    mounts: frozenset[str]
    outlived: frozenset[str] = frozenset()
    surplus: int = 0
    contained: int = 0
    standing: int = 0


def take(folder: Path, user: int, containers: Containers) -> Snapshot:
    files, standing = without_standing(dict(_stamps(folder, folder)))
    return Snapshot(
        processes=kinds(descendants()),
        files=files,
        strays=frozenset(_strays(user)),
        mounts=frozenset(_mounts()) - containers.places,
        outlived=containers.outlived,
        surplus=containers.surplus,
        contained=containers.processes,
        standing=standing,
    )


def without_standing(files: Mapping[str, Stamp]) -> tuple[dict[str, Stamp], int]:
    """The files but those of the browsers that workers keep, and how many browsers that are. Pure."""
    folders = tuple(f"{match[1]}/" for match in map(_STANDING.fullmatch, files) if match)
    return {path: stamp for path, stamp in files.items() if not f"{path}/".startswith(folders)}, len(folders)


def differences(before: Snapshot, after: Snapshot) -> list[str]:
    """What is there and was not, or was changed; in words, empty where nothing is. Pure."""
    found = [f"{n} more processes {name!r} of user {user}" for (user, name), n in _more(before, after).items()]
    found += [f"a file was left: {path}" for path in after.files.keys() - before.files.keys() if not _SET.match(path)]
    found += [f"a file is gone: {path}" for path in before.files.keys() - after.files.keys()]
    both = before.files.keys() & after.files.keys()
    found += [f"a file was changed: {path}" for path in both if before.files[path] != after.files[path]]
    found += [f"a file of the sandbox's user: {path}" for path in after.strays - before.strays]
    found += [f"a mount was left: {path}" for path in after.mounts - before.mounts]
    found += [f"a container outlived its worker: {name[:12]}" for name in after.outlived - before.outlived]
    if after.surplus > before.surplus:
        found.append(f"{after.surplus - before.surplus} more containers wait than any pool holds")
    if after.standing > before.standing:
        found.append(f"{after.standing - before.standing} more browsers are kept")
    if after.contained > before.contained:
        found.append(f"{after.contained - before.contained} more processes in containers")
    return sorted(found)


def with_new_sets(baseline: Snapshot, now: Snapshot) -> Snapshot:
    """The baseline, and the dependency sets that were resolved since: from now on they too must not change."""
    sets = {path: stamp for path, stamp in now.files.items() if _SET.match(path)}
    files = {**baseline.files, **{path: stamp for path, stamp in sets.items() if path not in baseline.files}}
    return replace(baseline, files=files)


def _more(before: Snapshot, after: Snapshot) -> Counter[tuple[int, str]]:
    return after.processes - before.processes


def _stamps(root: Path, folder: Path) -> Iterator[tuple[str, Stamp]]:
    with suppress(FileNotFoundError), os.scandir(folder) as entries:  # gone since its own folder was listed
        for entry in entries:
            path = entry.path[len(str(root)) + 1 :]
            if KNOWN.fullmatch(path):
                continue
            try:
                state = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if stat.S_ISDIR(state.st_mode):
                yield path, (0, 0, 0, state.st_mode)
                yield from _stamps(root, Path(entry.path))
            else:
                changed = crc32(Path(entry.path).read_bytes()) if _TOUCHED.fullmatch(path) else state.st_mtime_ns
                yield path, (state.st_size, changed, state.st_ino, state.st_mode)


def _strays(user: int) -> Iterator[str]:
    for folder in _SHARED:
        if Path(folder).is_dir():
            with os.scandir(folder) as entries:
                yield from (entry.path for entry in entries if _owner(entry) == user)


def _owner(entry: os.DirEntry[str]) -> int | None:
    """None for what is gone since the folder was listed: the machine's other users come and go."""
    try:
        return entry.stat(follow_symlinks=False).st_uid
    except FileNotFoundError:
        return None


def _mounts() -> Iterator[str]:
    """Mount points of this process's namespace, which the workers share; a sandbox has its own."""
    yield from (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
