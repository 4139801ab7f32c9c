"""Running npm: lifecycle scripts off, a wall limit on its whole process group, an environment without surprises."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from build_worker.dependencies.release import instant
from build_worker.dependencies.tarballs import elsewhere
from build_worker.node import Node
from services.errors import RegistryError, ToolchainError

_PASSED_ON = frozenset(
    {
        "HOME",
        "NODE_EXTRA_CA_CERTS",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "XDG_CACHE_HOME",
        "LANG",
        "TMPDIR",
    }
)
_PREFIX = "NPM_CONFIG_"
_CONFIG_SECONDS = 30.0
_FLAGS = ("--json", "--loglevel=error", "--no-audit", "--no-fund", "--no-update-notifier", "--no-progress")
_ALWAYS = ("--package-lock=true", "--install-strategy=hoisted", "--engine-strict=false")
"""Whatever the operator's configuration says: a lock file to read, npm's flat layout, and no refusal of packages that
name other Node versions than ours."""
_REGISTRY_ONLY = ("--allow-git=none", "--allow-file=none", "--allow-directory=none")
"""Also for what a package of the registry depends on: preparing a git repository runs programs that it names."""
_NO_ADDRESS, _ANY_ADDRESS = "--allow-remote=none", "--allow-remote=all"

_LOCKED_DOWN = {
    "NPM_CONFIG_IGNORE_SCRIPTS": "true",
    "NPM_CONFIG_ALLOW_GIT": "none",
    "NPM_CONFIG_GIT": "/bin/false",
}
"""For an npm that does not know the flags, and for one that npm itself might start."""
_RETRIES = (
    "--fetch-retries=2",
    "--fetch-retry-factor=3",
    "--fetch-retry-mintimeout=500",
    "--fetch-retry-maxtimeout=3000",
)


@dataclass(frozen=True, slots=True)
class NpmRun:
    """Attributes:
    output: standard output: JSON, an error included.
    timed_out: it was killed at its wall limit.
    """

    exit_code: int
    output: str
    timed_out: bool = False

    @property
    def succeeded(self) -> bool:
        return self.exit_code == 0 and not self.timed_out


class Npm:
    """npm with the operator's own configuration (``~/.npmrc``, ``npm_config_*``, proxies, certificates).

    Args:
        registry: address of the registry; npm's own configuration where None.
        before: the resolution date, ``YYYY-MM-DD``; None for what a lock file names.
        tarballs: addresses besides the registry's below which it may keep its packages.
    """

    def __init__(
        self, node: Node, registry: str | None = None, before: str | None = None, tarballs: Sequence[str] = ()
    ) -> None:
        self._node = node
        self._settled = (f"--registry={registry}",) if registry else ()
        self._before = (f"--before={instant(before)}",) if before else ()
        self._registry = registry
        self._tarballs = tuple(tarballs)

    def install(self, folder: Path, seconds: float, *, legacy_peers: bool = False, online: bool = False) -> NpmRun:
        """Install what the folder's ``package.json`` declares. ``online`` asks the registry about what is cached.

        Raises:
            RegistryError: the registry keeps packages at an address that was not named.
        """
        flags = ["--prefer-online" if online else "--prefer-offline", *self._before]
        flags += ["--legacy-peer-deps"] if legacy_peers else []
        if not self._tarballs:
            return self._run(folder, seconds, "install", *flags)
        return self._install_from_elsewhere(folder, time.monotonic() + seconds, flags)

    def _install_from_elsewhere(self, folder: Path, deadline: float, flags: list[str]) -> NpmRun:
        """Resolve first, while no dependency on an address is let pass; then see where the registry keeps what was
        resolved; then fetch exactly that. npm itself knows no addresses but the registry's own and all others."""
        seconds = deadline - time.monotonic()
        kept = ["--package-lock-only", "--omit-lockfile-registry-resolved=false"]
        resolved = self._run(folder, seconds, "install", *kept, *flags)
        if not resolved.succeeded:
            return resolved
        allowed = (*self._tarballs, self._registry or self._configured(folder))
        if strange := elsewhere((folder / "package-lock.json").read_text(), allowed):
            raise RegistryError(f"the registry keeps packages where no setting allows it: {strange}")
        return self._run(folder, deadline - time.monotonic(), "install", *flags, addresses=_ANY_ADDRESS)

    def _configured(self, folder: Path) -> str:
        """The registry of npm's own configuration; empty where npm does not say."""
        run = self._run(folder, _CONFIG_SECONDS, "config", "get", "registry")
        return run.output.strip().strip('"') if run.succeeded else ""

    def install_locked(self, folder: Path, seconds: float) -> NpmRun:
        """Install what the folder's lock file names. Not ``npm ci``: that refuses a lock file without the optional
        binaries of systems that this one is not."""
        return self._run(folder, seconds, "install", "--prefer-offline")

    def view(self, folder: Path, package: str, seconds: float) -> NpmRun:
        """Ask the registry, not the cache, for a package's newest version."""
        return self._run(folder, seconds, "view", package, "version", "--prefer-online", *self._before)

    def _run(self, folder: Path, seconds: float, *arguments: str, addresses: str = _NO_ADDRESS) -> NpmRun:
        ours = ("--ignore-scripts", *_FLAGS, *_ALWAYS, *_REGISTRY_ONLY, addresses, *_RETRIES, *self._settled)
        command = [*bound_to_us(), *self._node.npm, *arguments, *ours]
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=npm_environment(os.environ, self._node.program.parent),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolchainError(f"npm does not start: {error}") from error
        with process:
            return _until_end(process, seconds)


def bound_to_us() -> tuple[str, ...]:
    """What starts a program that ends with this process, however that ends: npm is in a session of its own, where
    nobody else would end it."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()


def npm_environment(environment: Mapping[str, str], node_folder: Path) -> dict[str, str]:
    """What npm gets of this process's environment."""
    passed = {k: v for k, v in environment.items() if k.upper() in _PASSED_ON or k.upper().startswith(_PREFIX)}
    path = f"{node_folder}:{os.defpath}"
    return {**passed, **_LOCKED_DOWN, "PATH": path, "CI": "1", "NO_COLOR": "1"}


def _until_end(process: subprocess.Popen[str], seconds: float) -> NpmRun:
    try:
        output, _ = process.communicate(timeout=max(1.0, seconds))
    except BaseException as error:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            return NpmRun(-signal.SIGKILL, "", timed_out=True)
        raise
    return NpmRun(process.returncode, output)
