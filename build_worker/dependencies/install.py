"""Installing one declared set into a folder, and settling whose fault it is when that fails."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from build_worker.dependencies.classify import PEER_CONFLICT, REFUSED_ADDRESS, TIMEOUT, Failure, Fault, classify
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

    A failure that looks like the candidate's is asked of the registry itself once more, as the cache may be stale,
    and held against a control package.

    Raises:
        RegistryError: the fault is ours.
    """
    started = time.monotonic()
    run = _Attempts(npm, folder, started + INSTALL_SECONDS)
    failure = run.install(dependencies)
    if failure and failure.code != TIMEOUT:
        suspect = dependencies.only(failure.package)
        failure = (run.install(suspect, online=True) if suspect else None) or run.install(
            dependencies, online=not suspect
        )
    if failure:
        _confirm(_control(npm, folder, failure), failure)
        return failure
    return _finish(folder, key, time.monotonic() - started, peer_conflict=run.legacy_peers)


class _Attempts:
    """Installations into one folder before one deadline."""

    def __init__(self, npm: Npm, folder: Path, deadline: float) -> None:
        self._npm = npm
        self._folder = folder
        self._deadline = deadline
        self.legacy_peers = False

    def install(self, dependencies: DeclaredDependencies, *, online: bool = False) -> Failure | None:
        """None where it worked. Peer dependencies that do not fit together are let pass, and remembered.

        Raises:
            RegistryError: the fault is ours.
        """
        (self._folder / "package.json").write_bytes(dependencies.manifest())
        left = self._deadline - time.monotonic()
        run = self._npm.install(self._folder, left, legacy_peers=self.legacy_peers, online=online)
        if run.succeeded:
            return None
        if run.exit_code < 0 and not run.timed_out:
            raise RegistryError(f"npm was ended by signal {-run.exit_code}")
        failure = classify(run.output, timed_out=run.timed_out)
        if failure.fault is Fault.OURS:
            raise RegistryError(f"npm: {failure.code}: {failure.message}")
        if failure.code == PEER_CONFLICT and not self.legacy_peers:
            self.legacy_peers = True
            return self.install(dependencies, online=online)
        return failure


def _control(npm: Npm, folder: Path, failure: Failure) -> NpmRun:
    """Ask for the control package; install it where the refusal may be of the registry's own way to keep tarballs at
    another address, which a look-up does not show."""
    if failure.code != REFUSED_ADDRESS:
        return npm.view(folder, CONTROL_PACKAGE, _CONTROL_SECONDS)
    beside = folder / "control"
    beside.mkdir(exist_ok=True)
    (beside / "package.json").write_bytes(DeclaredDependencies(((CONTROL_PACKAGE, "*"),)).manifest())
    return npm.install(beside, _CONTROL_SECONDS)


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
