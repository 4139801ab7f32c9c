"""Installing one declared set into a folder, and settling whose fault it is when that fails."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from build_worker.dependencies.classify import PEER_CONFLICT, TIMEOUT, Failure, Fault, classify
from build_worker.dependencies.declared import DeclaredDependencies
from build_worker.dependencies.npm import Npm, NpmRun
from services.errors import RegistryError

CONTROL_PACKAGE = "react"
"""A package that every registry has: where it does not resolve, nothing can be said of the candidate's."""

INSTALL_SECONDS = 240.0
_CONTROL_SECONDS = 60.0
MOUNT_POINTS = (".vite", ".vite-temp", ".cache")
"""Folders inside ``node_modules`` that bundlers write to; a build gets a writable one of its own at each."""


@dataclass(frozen=True, slots=True)
class ResolvedSet:
    """Attributes:
    key: name of the set.
    packages: installed, transitive ones included.
    seconds: the installation took.
    peer_conflict: peer dependencies do not fit together; they were installed all the same.
    """

    key: str
    packages: int
    seconds: float
    peer_conflict: bool

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def install(npm: Npm, folder: Path, dependencies: DeclaredDependencies, key: str) -> ResolvedSet | Failure:
    """Fill ``folder/node_modules``. A failure returned is the candidate's.

    A failure that looks like the candidate's is asked of the registry itself once more and held against a control
    package.

    Raises:
        RegistryError: the fault is ours.
    """
    started = time.monotonic()
    (folder / "package.json").write_bytes(dependencies.manifest())
    legacy_peers = online = False
    while True:
        left = INSTALL_SECONDS - (time.monotonic() - started)
        run = npm.install(folder, left, legacy_peers=legacy_peers, online=online)
        if run.succeeded:
            return _finish(folder, key, time.monotonic() - started, peer_conflict=legacy_peers)
        failure = classify(run.output, timed_out=run.timed_out)
        if failure.code == PEER_CONFLICT and not legacy_peers:
            legacy_peers = True
        elif failure.fault is Fault.OURS:
            raise RegistryError(f"npm: {failure.code}: {failure.message}")
        elif online or failure.code == TIMEOUT:
            _confirm(npm.view(folder, CONTROL_PACKAGE, _CONTROL_SECONDS), failure)
            return failure
        else:
            online = True


def _confirm(control: NpmRun, failure: Failure) -> None:
    if not control.succeeded:
        reason = classify(control.output, timed_out=control.timed_out)
        raise RegistryError(f"npm: {failure.code}, and the control package failed too: {reason.message}")


def _finish(folder: Path, key: str, seconds: float, *, peer_conflict: bool) -> ResolvedSet:
    modules = folder / "node_modules"
    for name in MOUNT_POINTS:
        (modules / name).mkdir(parents=True, exist_ok=True)
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = sum(path != "" for path in lock.get("packages", {}))
    return ResolvedSet(key, packages, round(seconds, 3), peer_conflict)
