"""What this machine has of what the lint, resolve and build stages need."""

from __future__ import annotations

from collections.abc import Callable

from build_worker.dependencies import DeclaredDependencies, SetStore, declared
from build_worker.node import find_node
from build_worker.toolchain import MEND, toolchain_path
from services.artifact import scaffold_files
from services.checks import Check, from_problem
from services.errors import ToolchainError
from services.settings import ToolSettings


def examine(tools: ToolSettings) -> list[Check]:
    """Node, npm, the toolchain of exactly these tools, and the scaffold's dependency set."""
    return [
        _look("node", lambda: f"{find_node(tools).version} {find_node(tools).program}"),
        _look("npm", lambda: f"{find_node(tools).npm_version} {find_node(tools).npm[-1]}"),
        _look("toolchain", lambda: str(toolchain_path(tools))),
        _look("scaffold's packages", lambda: _scaffold_set(tools)),
    ]


def _look(name: str, find: Callable[[], str]) -> Check:
    try:
        return Check(name, True, find())
    except ToolchainError as error:
        return from_problem(name, str(error), MEND.removeprefix("Mend: "))


def _scaffold_set(tools: ToolSettings) -> str:
    dependencies = declared(scaffold_files().get("package.json"))
    if not isinstance(dependencies, DeclaredDependencies):
        raise ToolchainError(f"the scaffold's package.json is damaged: {dependencies[0].message}")
    store = SetStore(tools.sets, find_node(tools))
    folder = store.path(store.key(dependencies))
    if folder is None:
        raise ToolchainError(f"not in {tools.sets}. {MEND}")
    return str(folder)
