"""The commands put together, and how their errors are shown."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from typing import Annotated, NoReturn

import typer

from reward_api.cli.commands import add_all
from reward_api.cli.extras import is_foreign, missing
from reward_api.cli.terminal import notes, plain
from reward_api.embedded import StackError
from services.errors import WebgenError
from trainer_client import ClientError

app = typer.Typer(
    name="webgen-reward",
    help="Scores websites that language models generate.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
add_all(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"webgen-reward {installed_version('webgen-reward')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Scores websites that language models generate."""


def run() -> None:
    """The program: errors raised on purpose become one message and exit status 1."""
    try:
        app()
    except (ClientError, StackError, WebgenError) as error:
        _fail(error)
    except ModuleNotFoundError as error:
        if not is_foreign(error):
            raise
        _fail(missing(error))


def _fail(error: Exception) -> NoReturn:
    notes().print(f"webgen-reward: {plain(str(error), keep_lines=True)}", style="red", markup=False, soft_wrap=True)
    sys.exit(1)
