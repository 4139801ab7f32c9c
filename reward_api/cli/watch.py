"""``watch``: a run while it trains, one live row a step."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
from rich.live import Live

from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.source import Source, open_source
from reward_api.cli.terminal import plain, results, tell
from reward_api.watch.model import View, concerns, newly_settled
from reward_api.watch.table import head_line, line, screen
from services.contract import RunStatistics, StepStatistics
from services.errors import NotFound
from trainer_client import BadAnswer, DeadlineExceeded, ServiceFault

HEAD_EVERY = 20
"""Rows under one line of column names, where there is no terminal."""

AROUND = 8
"""Lines of a terminal that are not rows."""

Look = tuple[RunStatistics | None, View]


def watch(
    run: Annotated[str, typer.Argument(help="Name of the run; it need not have begun.")],
    data_dir: DataDir,
    url: Url = None,
    api_key: ApiKey = None,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two readings.")] = 5.0,
    last: Annotated[int, typer.Option(min=1, help="Steps to show at most.")] = 30,
    once: Annotated[bool, typer.Option("--once", help="Read once and end.")] = False,
) -> None:
    """Watch a run while it trains: one live row a step, until Ctrl-C.

    Where the output is no terminal, a line for each step once it has ended. Reads a running service (--url), else a
    stack's data folder.
    """
    with open_source(url, api_key, data_dir) as source:
        if once:
            _show_once(source, run, last)
            return
        try:
            seen = looks(source, run, lambda: time.sleep(every))
            _live(seen, run, last) if sys.stdout.isatty() else _lines(seen)
        except KeyboardInterrupt:
            tell("Stopped watching; the run goes on.")


def looks(source: Source, run: str, pause: Callable[[], None]) -> Iterator[Look]:
    """The run as it is after every reading; for ever. A run that has not begun is waited for, a service that does not
    answer is asked again; what it refuses for good is raised."""
    found: RunStatistics | None = None
    view = View()
    while True:
        try:
            found = source.run(run)
            view = view.read(*source.steps_from(run, view.mark))
        except NotFound:
            found = None
        except (BadAnswer, DeadlineExceeded, ServiceFault) as error:
            view = view.failed(str(error))
        yield found, view
        pause()


def _show_once(source: Source, run: str, last: int) -> None:
    """Raises `NotFound` for a run that has not begun."""
    steps, mark = source.steps_from(run)
    console = results()
    console.print(screen(source.run(run), run, View().read(steps, mark), last, console.width))


def _live(seen: Iterator[Look], run: str, last: int) -> None:
    console = results()
    with Live(console=console, auto_refresh=False, vertical_overflow="crop") as shown:
        for found, view in seen:
            rows = max(1, min(last, console.height - AROUND))
            shown.update(screen(found, run, view, rows, console.width), refresh=True)


def _lines(seen: Iterator[Look]) -> None:
    """A line for every step that has ended, and again where it changed after that; what is of concern goes to
    standard error."""
    told: dict[int | None, StepStatistics] = {}
    before, rows = View(), 0
    for _, view in seen:
        for found in newly_settled(before, view):
            if told.get(found.step) == found:
                continue
            if rows % HEAD_EVERY == 0:
                typer.echo(head_line())
            typer.echo(line(found))
            for sentence in concerns(found):
                tell(plain(f"step {found.step}: {sentence}"))
            told[found.step] = found
            rows += 1
        if view.fault and view.fault != before.fault:
            tell(f"not read anew: {view.fault}")
        before = view
