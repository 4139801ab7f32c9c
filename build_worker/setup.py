"""Preparing a machine. Run with ``python -m build_worker.setup``.

It installs, where they are not yet: the toolchain, the scaffold's dependency set, with ``--companions`` that of the
common companions (`build_worker.dependencies.prepared`), a packaged browser where the machine has none, and the page
kit; with ``--only`` the parts that are named. ``--check`` installs nothing and writes what is there, one JSON object a
line (`services.checks`). ``--verify`` looks at every file of every dependency set and removes those that are damaged;
whoever needs one next fills it anew. ``--lint`` has the prepared linter and type checker look at scripts of our own;
any finding is an error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Iterable

from build_worker.browser import prepare_browser
from build_worker.checks import examine
from build_worker.dependencies import ResolvedSet, SetStore, make_npm, make_sets
from build_worker.dependencies.prepared import COMPANIONS, SCAFFOLD, prepared
from build_worker.node import find_node
from build_worker.own_scripts import check_own
from build_worker.page_kit import bake, prepare_page_kit
from build_worker.toolchain import prepare_toolchain
from services.checks import to_lines
from services.errors import DependencySetMissing, InfrastructureError, ToolchainError
from services.settings import ResolveSettings, ToolSettings
from services.settings.browsers import find_browser

Say = Callable[[str], None]
_SHOWN = 5


PARTS = ("toolchain", "sets", "browser")
"""What can be asked for alone; the page kit comes with the browser that reads it."""


def prepare(
    settings: ResolveSettings, say: Say, *, parts: Collection[str] = PARTS, with_companions: bool = False
) -> None:
    """Install what is not there yet.

    Args:
        parts: of `PARTS`.
        with_companions: also the companions' set; half a gigabyte.

    Raises:
        RegistryError: the registry does not answer.
        ToolchainError: Node is missing, the folder of sets cannot be written, or no browser runs here.
    """
    node = find_node(settings.tools)
    say(f"Node {node.version}, npm {node.npm_version}")
    if "toolchain" in parts:
        say(f"toolchain: {prepare_toolchain(settings.tools, settings.registry)}")
    if "sets" in parts:
        _prepare_sets(settings, say, (SCAFFOLD, COMPANIONS) if with_companions else (SCAFFOLD,))
    if "browser" in parts:
        browser = find_browser(settings.tools) or prepare_browser(settings.tools, settings.registry)
        say(f"browser: {browser}")
        kit = prepare_page_kit(settings.tools, settings.registry)
        bake(kit, browser)
        say(f"fonts and axe-core: {kit.folder}")


def _prepare_sets(settings: ResolveSettings, say: Say, names: Iterable[str]) -> None:
    store, npm = make_sets(settings.tools), make_npm(settings)
    for name in names:
        found, was_there = store.resolve(prepared()[name], npm)
        if not isinstance(found, ResolvedSet):
            raise ToolchainError(f"the dependencies of {name} do not resolve: {found.message}")
        say(f"dependencies of {name}: {found.packages} packages, {'there' if was_there else f'{found.seconds:.0f} s'}")


def verify(tools: ToolSettings, say: Say) -> int:
    """Look at every file of every dependency set, and remove what is damaged; 1 where anything is.

    Raises:
        ToolchainError: Node is missing, or a damaged set cannot be marked so.
    """
    store = make_sets(tools)
    damaged = {key: paths for key in store.held() if (paths := _damage(store, key))}
    for key, paths in damaged.items():
        say(f"damaged: {key}: {len(paths)} paths, {', '.join(paths[:_SHOWN])}")
        try:
            store.distrust(key)
        except OSError as error:
            raise ToolchainError(f"{key} is damaged and cannot be removed: {error}") from error
    say(f"{len(store.held())} dependency sets, {len(damaged)} damaged")
    return 1 if damaged else 0


def _damage(store: SetStore, key: str) -> list[str]:
    """Nothing where the set went meanwhile."""
    try:
        return store.verify(key)
    except DependencySetMissing:
        return []


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
        if chosen.verify:
            return verify(settings.tools, _say)
        if chosen.lint:
            return check_own(settings.tools, chosen.lint)
        prepare(settings, _say, parts=chosen.only, with_companions=chosen.companions)
    except InfrastructureError as error:
        _say(f"not prepared: {error}")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m build_worker.setup", description="Prepare this machine.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--check", action="store_true", help="install nothing; write what is there as JSON lines")
    choice.add_argument("--verify", action="store_true", help="look at every file of every dependency set")
    choice.add_argument("--lint", nargs="+", metavar="PATH", help="lint and type-check scripts of our own instead")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--companions", action="store_true", help="also the set of the common companions")
    return parser


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
