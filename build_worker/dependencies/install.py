"""Installing one declared set into a folder, and settling whose fault it is when that fails."""

from __future__ import annotations

import json
import time
from pathlib import Path

from build_worker.dependencies.classify import (
    NO_ROOM,
    PEER_CONFLICT,
    REFUSED_ADDRESS,
    TIMEOUT,
    Failure,
    Fault,
    classify,
)
from build_worker.dependencies.declared import DeclaredDependencies
from build_worker.dependencies.marker import ResolvedSet
from build_worker.dependencies.npm import Npm, NpmRun
from services.errors import RegistryError, ToolchainError
from services.telemetry.work import set_made

CONTROL_PACKAGE = "react"
"""A package that every registry has: where it does not resolve, nothing can be said of the candidate's."""

INSTALL_SECONDS = 240.0
_CONTROL_SECONDS = 60.0
MOUNT_POINTS = (".vite", ".vite-temp", ".cache")
"""Folders inside ``node_modules`` that bundlers write to; a build gets a writable one of its own at each."""


class NoRoom(ToolchainError):
    """The disk filled up in the middle of an installation."""


def install(npm: Npm, folder: Path, dependencies: DeclaredDependencies, key: str, before: str) -> ResolvedSet | Failure:
    """Fill ``folder/node_modules``. A failure returned is the candidate's.

    A failure that looks like the candidate's is asked of the registry itself once more, as the cache may be stale,
    and held against a control package.

    Raises:
        RegistryError: the fault is ours.
        NoRoom: the disk is full.
    """
    started = time.monotonic()
    run = _Attempts(npm, folder, started + INSTALL_SECONDS, before)
    failure = run.install(dependencies)
    if failure and failure.code != TIMEOUT:
        suspect = dependencies.only(failure.package)
        failure = (run.install(suspect, online=True) if suspect else None) or run.install(
            dependencies, online=not suspect
        )
    if failure:
        _confirm(_control(npm, folder, failure), failure)
        set_made("failed", time.monotonic() - started)
        return failure
    packages = _finish(folder)
    seconds = time.monotonic() - started
    set_made("installed", seconds)
    return ResolvedSet(key, packages, round(seconds, 3), run.legacy_peers, before)


class _Attempts:
    """Installations into one folder before one deadline."""

    def __init__(self, npm: Npm, folder: Path, deadline: float, before: str) -> None:
        self._npm = npm
        self._folder = folder
        self._deadline = deadline
        self._before = before
        self.legacy_peers = False

    def install(self, dependencies: DeclaredDependencies, *, online: bool = False) -> Failure | None:
        """None where it worked. Peer dependencies that do not fit together are let pass, and remembered.

        Raises:
            RegistryError: the fault is ours.
            NoRoom: the disk is full.
        """
        (self._folder / "package.json").write_bytes(dependencies.manifest())
        left = self._deadline - time.monotonic()
        run = self._npm.install(self._folder, left, legacy_peers=self.legacy_peers, online=online)
        if run.succeeded:
            return None
        failure = self._failure(run)
        if failure.code == PEER_CONFLICT and not self.legacy_peers:
            self.legacy_peers = True
            return self.install(dependencies, online=online)
        return failure

    def _failure(self, run: NpmRun) -> Failure:
        if run.exit_code < 0 and not run.timed_out:
            raise RegistryError(f"npm was ended by signal {-run.exit_code}")
        failure = classify(run.output, timed_out=run.timed_out, before=self._before)
        if failure.code in NO_ROOM:
            raise NoRoom(f"npm: {failure.code}: {failure.message}")
        if failure.fault is Fault.OURS:
            raise RegistryError(f"npm: {failure.code}: {failure.message}")
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
    if control.succeeded:
        return
    reason = classify(control.output, timed_out=control.timed_out)
    mend = " (mend: WEBGEN_TARBALLS names where it keeps them)" if reason.code == REFUSED_ADDRESS else ""
    raise RegistryError(f"npm: {failure.code}, and the control package failed too: {reason.message}{mend}")


def _finish(folder: Path) -> int:
    """Number of packages.

    Raises:
        RegistryError: npm ended well and left something out.
    """
    modules = folder / "node_modules"
    for name in MOUNT_POINTS:
        (modules / name).mkdir(parents=True, exist_ok=True)
    lock = json.loads((folder / "package-lock.json").read_text())
    packages = {path: entry for path, entry in lock.get("packages", {}).items() if path}
    for path, entry in packages.items():
        if not entry.get("optional") and not (folder / path / "package.json").is_file():
            raise RegistryError(f"npm ended well without {path[:200]}")
    return len(packages)
