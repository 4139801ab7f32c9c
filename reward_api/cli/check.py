"""``doctor``: is everything here that the service needs?"""

from __future__ import annotations

from collections.abc import Sequence

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import plain, results, tell
from reward_api.doctor import examine
from services.checks import Check
from services.settings import BuildSettings


def doctor() -> None:
    """Check every prerequisite. Exit status 1: something is missing."""
    checks = examine(BuildSettings().sandbox)
    results().print(as_table(checks))
    missing = [check for check in checks if not check.found]
    if missing:
        tell(f"{len(missing)} missing. Each line says what mends it.")
        raise typer.Exit(1)
    tell("Everything is here.")


def as_table(checks: Sequence[Check]) -> Table:
    table = Table("", "what", "found", "mend", box=None, pad_edge=False)
    table.columns[2].overflow = table.columns[3].overflow = "fold"
    for check in checks:
        mark = Text("ok", "green") if check.found else Text("missing", "red")
        table.add_row(mark, check.name, Text(plain(check.detail)), Text(plain(check.mend)))
    return table
