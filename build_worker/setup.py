"""Preparing a machine: the toolchain, and the scaffold's dependency set. Run with ``python -m build_worker.setup``.

With ``--lint FOLDER…`` the prepared linter looks at scripts of our own instead; any finding is an error.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable

from build_worker.dependencies import ResolvedSet, SetStore, declared
from build_worker.dependencies.npm import Npm
from build_worker.node import find_node
from build_worker.toolchain import prepare_toolchain, toolchain_path
from services.artifact import scaffold_files
from services.errors import InfrastructureError, ToolchainError
from services.settings import ResolveSettings, ToolSettings


def prepare(settings: ResolveSettings, say: Callable[[str], None]) -> None:
    """Install what is not there yet.

    Raises:
        RegistryError: the registry does not answer.
        ToolchainError: Node is missing, or the folder of sets cannot be written.
    """
    node = find_node(settings.tools)
    say(f"Node {node.version}, npm {node.npm_version}")
    say(f"toolchain: {prepare_toolchain(settings.tools, settings.registry)}")
    dependencies = declared(scaffold_files().get("package.json"))
    if isinstance(dependencies, tuple):
        raise ToolchainError(f"the scaffold's package.json is damaged: {dependencies[0].message}")
    store = SetStore(settings.tools.sets, node)
    found, was_there = store.resolve(dependencies, Npm(node, settings.registry))
    if not isinstance(found, ResolvedSet):
        raise ToolchainError(f"the scaffold's dependencies do not resolve: {found.message}")
    say(f"scaffold's dependencies: {found.packages} packages, {'there' if was_there else f'{found.seconds:.0f} s'}")


def lint_own(tools: ToolSettings, folders: list[str]) -> int:
    """Lint trusted scripts outside any sandbox; the linter's exit code.

    Raises:
        ToolchainError: it is not prepared.
    """
    toolchain = toolchain_path(tools)
    program = [str(find_node(tools).program), str(toolchain / "node_modules/oxlint/bin/oxlint")]
    flags = ["-c", str(toolchain / "oxlint.json"), "--disable-nested-config", "--deny-warnings"]
    return subprocess.run([*program, *flags, *folders], check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m build_worker.setup", description="Prepare this machine's toolchain."
    )
    parser.add_argument("--lint", nargs="+", metavar="FOLDER", help="lint scripts of our own instead")
    folders = parser.parse_args().lint
    settings = ResolveSettings()
    try:
        if folders:
            return lint_own(settings.tools, folders)
        prepare(settings, _say)
    except InfrastructureError as error:
        _say(f"not prepared: {error}")
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
