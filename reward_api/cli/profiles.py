"""``profiles``: reward definitions that ship with the service, and a check for one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import plain, results
from services.errors import NotFound, Unprocessable
from services.pipeline.profiles import refuse_unknown_rules
from services.rewards.profile import BUILT_IN, DEFAULT, Profile, built_in, built_in_text, parse

app = typer.Typer(help="Reward profiles: list, show, check.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """Show the built-in profiles."""
    results().print(as_table(list(built_in().values())))


@app.command()
def show(name: Annotated[str, typer.Argument(help="A built-in profile.")]) -> None:
    """Print a built-in profile as TOML: a start for one's own."""
    if name not in BUILT_IN:
        raise NotFound(f"no built-in profile is called {name!r}; there are {', '.join(BUILT_IN)}")
    typer.echo(built_in_text(name), nl=False)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A profile in TOML.", exists=True, dir_okay=False)]) -> None:
    """Say whether a profile is valid, and its hash."""
    try:
        profile = parse(file.read_text("utf-8"))
    except UnicodeDecodeError as error:
        raise Unprocessable(f"{file} is not UTF-8 text") from error
    refuse_unknown_rules(profile)
    typer.echo(f"{profile.name} {profile.version} is valid: {profile.hash}")


def as_table(profiles: list[Profile]) -> Table:
    table = Table("name", "version", "hash", "description", box=None, pad_edge=False)
    for profile in profiles:
        name = f"{profile.name} (default)" if profile.name == DEFAULT else profile.name
        cells = (name, profile.version, profile.hash[:12], profile.description)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table
