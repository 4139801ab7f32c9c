"""The commands by name. Each is loaded where it can be: on a machine with one extra, the commands of another stand in
the list and say what they need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

import typer
from rich.markup import escape

from reward_api.cli.extras import is_foreign, missing

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "up": "reward_api.cli.up:up",
        "score": "reward_api.cli.score:score",
        "doctor": "reward_api.cli.check:doctor",
        "report": "reward_api.cli.report:report",
        "sizing": "reward_api.cli.sizing:sizing",
        "rejudge": "reward_api.cli.rejudge:rejudge",
        "noise": "reward_api.cli.noise:noise",
        "calibrate": "reward_api.cli.calibrate:calibrate",
        "replay": "reward_api.cli.replay:replay",
        "preflight": "reward_api.cli.preflight:preflight",
        "watch": "reward_api.cli.watch:watch",
        "group": "reward_api.cli.group:group",
        "keys": "reward_api.cli.keys:app",
        "clean": "reward_api.cli.clean:clean",
        "profiles": "reward_api.cli.profiles:app",
    }
)
"""Name -> where it is, ``module:attribute``: a function is one command, a `typer.Typer` a group of them."""

_ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}


def add_all(app: typer.Typer, commands: Mapping[str, str] = COMMANDS) -> None:
    """Every command, in its order in the list."""
    for name, place in commands.items():
        module, _, attribute = place.partition(":")
        try:
            found = getattr(import_module(module), attribute)
        except ModuleNotFoundError as error:
            if not is_foreign(error):
                raise
            _stand_in(app, name, error)
            continue
        _add(app, name, found)


def _add(app: typer.Typer, name: str, found: typer.Typer | Callable[..., Any]) -> None:
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name)
    else:
        app.command(name)(found)


def _stand_in(app: typer.Typer, name: str, error: ModuleNotFoundError) -> None:
    """A command that takes whatever it is given and says what is missing."""
    reason = missing(error)

    def absent() -> None:
        raise reason

    app.command(name, help=f"Not installed here: {escape(str(reason))}", context_settings=_ANYTHING)(absent)
