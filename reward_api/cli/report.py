"""``report``: what a run's figures say, as tables, JSON and a picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.source import Source, open_source
from reward_api.cli.terminal import plain, results, tell
from reward_api.report.model import Report, make_report
from services.contract import RunSummary, Status, StepStatistics
from services.errors import NotFound, WebgenError

SUFFIXES = (".png", ".svg", ".pdf")

_STEPS = re.compile(r"(\d{1,10})(?:-(\d{1,10}))?")


class Unwritable(WebgenError):
    """A file that was asked for cannot be written."""


def report(
    data_dir: DataDir,
    run: Annotated[str | None, typer.Argument(help="Name of the run; left out, the runs are listed.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    step: Annotated[str | None, typer.Option(help="One step, or the first and the last: 10-20.")] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Write everything as JSON here; - for standard output.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it: a file ending in .png, .svg or .pdf.")] = None,
) -> None:
    """Show what became of a run: rates, failures, missing rewards, spread and ties within groups.

    Reads a running service (--url), else a stack's data folder, whether or not the stack runs.
    """
    wanted = chosen(step)
    if plot and plot.suffix.lower() not in SUFFIXES:
        raise typer.BadParameter(f"a file ending in {', '.join(SUFFIXES)}", param_hint="--plot")
    with open_source(url, api_key, data_dir) as source:
        if run is None:
            results().print(listing(source.runs()))
            return
        found = read(source, run, wanted)
    if plot:
        from reward_api.report.plot import draw

        _write(plot, draw(found, plot.suffix.lower().removeprefix(".")))
    _show(found, as_json)


def listing(runs: Iterable[RunSummary]) -> Table:
    """The runs there are, newest first."""
    table = Table("run", "begun", "profile", "judge", "evaluations", "scored", box=None, pad_edge=False)
    for run in runs:
        scored, judge = run.counts.get(Status.SCORED, 0), run.versions.get("judge", "")
        cells = (run.run, f"{run.created_at:%Y-%m-%d %H:%M}", run.profile, judge, sum(run.counts.values()), scored)
        table.add_row(*(Text(plain(str(cell))) for cell in cells))
    return table


def chosen(step: str | None) -> range | None:
    """The steps that ``--step`` names.

    Raises:
        typer.BadParameter: it names none.
    """
    if step is None:
        return None
    match = _STEPS.fullmatch(step)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if last < first:
        raise typer.BadParameter("a number, or two with a hyphen between: 10-20", param_hint="--step")
    return range(first, last + 1)


def read(source: Source, run: str, wanted: range | None) -> Report:
    """Raises:
    NotFound: no such run, or none of the steps.
    """
    statistics = source.run(run)
    steps = list(_steps(source, run, wanted))
    if not steps:
        raise NotFound(f"run {run!r} has no evaluations" + (" in these steps" if wanted else ""))
    return make_report(statistics, steps)


def _steps(source: Source, run: str, wanted: range | None) -> list[StepStatistics]:
    if wanted is not None and len(wanted) == 1:
        return list(source.steps(run, step=wanted[0]))
    return [found for found in source.steps(run) if wanted is None or (found.step is not None and found.step in wanted)]


def _show(found: Report, as_json: Path | None) -> None:
    text = json.dumps(found.document(), indent=2) + "\n"
    if as_json == Path("-"):
        typer.echo(text, nl=False)
        return
    if as_json:
        _write(as_json, text.encode())
    from reward_api.report.table import tables

    for part in tables(found):
        results().print(part)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise Unwritable(f"{path} cannot be written: {error.strerror}") from error
    tell(f"Written to {path}")
