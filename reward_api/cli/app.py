"""The commands put together, and how their errors are shown."""

from __future__ import annotations

import sys
from importlib.metadata import version as installed_version
from typing import Annotated

import typer

from reward_api.cli import keys, profiles
from reward_api.cli.calibrate import calibrate
from reward_api.cli.check import doctor
from reward_api.cli.noise import noise
from reward_api.cli.rejudge import rejudge
from reward_api.cli.replay import replay
from reward_api.cli.report import report
from reward_api.cli.score import score
from reward_api.cli.terminal import notes, plain
from reward_api.cli.up import up
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
app.command()(up)
app.command()(score)
app.command()(doctor)
app.command()(report)
app.command()(rejudge)
app.command()(noise)
app.command()(calibrate)
app.command()(replay)
app.add_typer(keys.app, name="keys")
app.add_typer(profiles.app, name="profiles")


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
        notes().print(f"webgen-reward: {plain(str(error), keep_lines=True)}", style="red", markup=False, soft_wrap=True)
        sys.exit(1)
