"""``preflight``: a recipe and its service looked at before GPU hours are spent."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import notes, plain, results, tell
from trainer_client.preflight.check import Check, Level
from trainer_client.preflight.examine import examine
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.files import RecipeError, load

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILURE: "red", Level.SKIPPED: "dim"}
WIDEST = 18
"""Characters of the longest name."""


def preflight(
    config: Annotated[str, typer.Argument(help="A recipe's YAML file, or the name of one that ships.")],
    overrides: Annotated[list[str] | None, typer.Argument(help="section.key=value, as the recipe takes them.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Look at the recipe alone.")] = False,
    no_score: Annotated[bool, typer.Option("--no-score", help="Ask the service, but have nothing scored.")] = False,
    rollouts: Annotated[int, typer.Option(min=4, max=64, help="Size of the golden group that is scored.")] = 8,
    reward_function: Annotated[
        list[str] | None,
        typer.Option(help="module:name of a function, or a list of them, that a script of your own gives TRL."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines.")] = False,
) -> None:
    """Check a training before it costs anything: the recipe, the service, and one golden group scored on the real path.

    Exit status 1: something would fail, or teach something false.
    """
    recipe = load(config, overrides or [])
    if not isinstance(recipe, GrpoRecipe):
        raise RecipeError(f"{config}: preflight looks at recipes of reinforcement learning (recipe: grpo)")
    functions = [found for place in reward_function or [] for found in _loaded(place)] or None
    checks = examine(recipe, functions=functions, offline=offline, group=[] if no_score else None, rollouts=rollouts)
    found = _collected(checks) if as_json else _shown(checks)
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in found], indent=2))
    failures = [check for check in found if check.level is Level.FAILURE]
    if failures:
        tell(f"{len(failures)} of {len(found)} would fail the training, or teach it something false.")
        raise typer.Exit(1)


def _collected(checks: Iterator[Check]) -> list[Check]:
    with notes().status("looking"):
        return list(checks)


def _shown(checks: Iterator[Check]) -> list[Check]:
    """Each as it is known: scoring the group takes a while."""
    found = []
    with notes().status("looking"):
        for check in checks:
            results().print(line(check))
            found.append(check)
    return found


def line(check: Check) -> Table:
    """One check: level, name, what was found, and below it what to do."""
    shown = Table.grid(padding=(0, 2))
    shown.add_column(width=max(map(len, Level)))
    shown.add_column(width=WIDEST)
    shown.add_column(overflow="fold")
    shown.add_row(Text(check.level, style=STYLES[check.level]), Text(check.name), Text(plain(check.found)))
    if check.mend:
        shown.add_row("", "", Text(plain(f"-> {check.mend}"), style="bold"))
    return shown


def _loaded(place: str) -> list[Callable[..., Any]]:
    """Raises `RecipeError`: it is not there, or no function."""
    module, _, name = place.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise RecipeError(f"--reward-function {place}: {error}") from error
    functions = list(found) if isinstance(found, list | tuple) else [found]
    if not functions or not all(map(callable, functions)):
        raise RecipeError(f"--reward-function {place}: neither a function nor a list of functions")
    return functions
