"""What this machine has of what the lint, resolve and build stages need."""

from __future__ import annotations

from collections.abc import Callable

from build_worker.dependencies import make_sets
from build_worker.dependencies.prepared import SCAFFOLD, prepared
from build_worker.node import find_node
from build_worker.toolchain import MEND, toolchain_path
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
    store = make_sets(tools)
    folder = store.path(store.key(prepared()[SCAFFOLD]))
    if folder is None:
        raise ToolchainError(f"not in {tools.sets}. {MEND}")
    return str(folder)
