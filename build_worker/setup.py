"""Preparing a machine. Run with ``python -m build_worker.setup``.

It installs, where they are not yet: the toolchain, the scaffold's dependency set, and a packaged browser where the
machine has none. ``--check`` installs nothing and writes what is there, one JSON object a line (`services.checks`).
``--lint`` has the prepared linter look at scripts of our own; any finding is an error.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable

from build_worker.browser import prepare_browser
from build_worker.checks import examine
from build_worker.dependencies import ResolvedSet, SetStore, declared
from build_worker.dependencies.npm import Npm
from build_worker.node import find_node
from build_worker.toolchain import prepare_toolchain, toolchain_path
from services.artifact import scaffold_files
from services.checks import to_lines
from services.errors import InfrastructureError, ToolchainError
from services.settings import ResolveSettings, ToolSettings
from services.settings.browsers import find_browser

Say = Callable[[str], None]


def prepare(settings: ResolveSettings, say: Say, *, with_browser: bool = True) -> None:
    """Install what is not there yet.

    Args:
        with_browser: also a browser; a machine that only builds needs none.

    Raises:
        RegistryError: the registry does not answer.
        ToolchainError: Node is missing, the folder of sets cannot be written, or no browser runs here.
    """
    node = find_node(settings.tools)
    say(f"Node {node.version}, npm {node.npm_version}")
    say(f"toolchain: {prepare_toolchain(settings.tools, settings.registry)}")
    _prepare_scaffold_set(settings, say)
    if with_browser:
        browser = find_browser(settings.tools) or prepare_browser(settings.tools, settings.registry)
        say(f"browser: {browser}")


def _prepare_scaffold_set(settings: ResolveSettings, say: Say) -> None:
    node = find_node(settings.tools)
    dependencies = declared(scaffold_files().get("package.json"))
    if isinstance(dependencies, tuple):
        raise ToolchainError(f"the scaffold's package.json is damaged: {dependencies[0].message}")
    store = SetStore(settings.tools.sets, node)
    found, was_there = store.resolve(dependencies, Npm(node, settings.registry))
    if not isinstance(found, ResolvedSet):
        raise ToolchainError(f"the scaffold's dependencies do not resolve: {found.message}")
    say(f"scaffold's dependencies: {found.packages} packages, {'there' if was_there else f'{found.seconds:.0f} s'}")


def lint_own(tools: ToolSettings, paths: list[str]) -> int:
    """Lint trusted scripts outside any sandbox; the linter's exit code.

    Raises:
        ToolchainError: it is not prepared.
    """
    toolchain = toolchain_path(tools)
    program = [str(find_node(tools).program), str(toolchain / "node_modules/oxlint/bin/oxlint")]
    flags = ["-c", str(toolchain / "oxlint.json"), "--disable-nested-config", "--deny-warnings"]
    return subprocess.run([*program, *flags, *paths], check=False).returncode


def check(tools: ToolSettings) -> int:
    """Write what is there; 1 where something is missing."""
    checks = examine(tools)
    sys.stdout.write(to_lines(checks))
    return 0 if all(each.found for each in checks) else 1


def main() -> int:
    chosen = _parser().parse_args()
    settings = ResolveSettings()
    try:
        if chosen.check:
            return check(settings.tools)
        if chosen.lint:
            return lint_own(settings.tools, chosen.lint)
        prepare(settings, _say, with_browser=not chosen.without_browser)
    except InfrastructureError as error:
        _say(f"not prepared: {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m build_worker.setup", description="Prepare this machine.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="install nothing; write what is there as JSON lines")
    choice.add_argument("--lint", nargs="+", metavar="PATH", help="lint scripts of our own instead")
    choice.add_argument("--without-browser", action="store_true", help="for a machine that only builds")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
