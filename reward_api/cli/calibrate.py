"""``calibrate``: verdicts against people's grades of the same sites."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reward_api.analysis.agreement import Agreement, Pairs
from reward_api.analysis.scatter import scatter
from reward_api.cli.grades import Site, read_grades
from reward_api.cli.intake import IntakeError
from reward_api.cli.judge_options import AsJson
from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.report import Unwritable
from reward_api.cli.source import open_source
from reward_api.cli.terminal import plain, results, tell
from reward_api.cli.verdicts import Book, Calibration, calibrations
from services.errors import Unprocessable

FORMS = ("png", "svg", "pdf")


def calibrate(
    grades: Annotated[Path, typer.Argument(help="JSON lines, one person's grades of one site each.", dir_okay=False)],
    data_dir: DataDir,
    url: Url = None,
    api_key: ApiKey = None,
    run: Annotated[str | None, typer.Option(help="Run that rollouts are looked for in.")] = None,
    rejudged: Annotated[bool, typer.Option("--rejudged", help="Take verdicts of rejudgings, too.")] = False,
    as_json: AsJson = False,
    plot: Annotated[Path | None, typer.Option(help="Draw it: a file ending in .png, .svg or .pdf.")] = None,
) -> None:
    """Show how far verdicts agree with people's grades.

    A line: {"evaluation": ID, "criteria": {"rendering": 4, "relevance": 3, "layout": 4, "beauty": 2}, "overall": 3},
    with "rollout" in the place of "evaluation" where --run is given, and "rater" where several people graded: their
    mean counts. Either criteria or overall will do. Judges are never put together: each has figures of its own.
    """
    sites = _read(grades, run)
    form = plot.suffix.lower().removeprefix(".") if plot else FORMS[0]
    if form not in FORMS:
        raise typer.BadParameter("a file ending in .png, .svg or .pdf", param_hint="--plot")
    with open_source(url, api_key, data_dir) as source:
        found, left_out = calibrations(sites, Book(source, run, rejudged=rejudged))
    if not found:
        raise Unprocessable(f"none of the {len(sites)} sites has a verdict: {_reasons(left_out)}")
    _show(found, sites, left_out, as_json=as_json)
    if plot:
        _draw(found, plot, form)


def _read(path: Path, run: str | None) -> list[Site]:
    try:
        sites = read_grades(path)
    except IntakeError as error:
        raise typer.BadParameter(str(error), param_hint="GRADES") from error
    if run is None and any(site.rollout for site in sites):
        raise typer.BadParameter("the grades name rollouts: say of which run", param_hint="--run")
    return sites


def _show(found: Sequence[Calibration], sites: Sequence[Site], left_out: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(document(found, sites, left_out), indent=2))
        return
    for one in found:
        results().print(heading(one), markup=False)
        results().print(as_table(one.scales()))
    gradings = sum(site.raters for site in sites)
    used = len(sites) - sum(left_out.values())
    tell(f"{used} of {len(sites)} sites used, {gradings} gradings. Left out: {_reasons(left_out)}.")


def document(found: Sequence[Calibration], sites: Sequence[Site], left_out: dict[str, int]) -> dict[str, Any]:
    used = len(sites) - sum(left_out.values())
    return {
        "sites": len(sites),
        "gradings": sum(site.raters for site in sites),
        "used": used,
        "left_out": left_out,
        "judges": [one.document() for one in found],
    }


def heading(one: Calibration) -> str:
    return plain(f"{one.who.kind} ({one.who.model}), version {one.who.version or 'unknown'}, {len(one.points)} sites")


def as_table(scales: dict[str, Agreement]) -> Table:
    table = Table("scale", box=None, pad_edge=False)
    for name in (
        "sites",
        "Pearson",
        "Spearman",
        "Kendall",
        "pairs alike",
        "within groups",
        "bias",
        "95 %",
        "RMS error",
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for scale, found in scales.items():
        table.add_row(scale, *(Text(cell) for cell in _cells(found)))
    return table


def _cells(found: Agreement) -> list[str]:
    interval = "" if found.bias_low is None else f"{found.bias_low:+.2f} to {found.bias_high:+.2f}"
    return [
        str(found.sites),
        *(_number(value) for value in (found.pearson, found.spearman, found.kendall)),
        _share(found.pairs),
        _share(found.pairs_within),
        f"{found.bias:+.2f}",
        interval,
        f"{found.error:.2f}",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _share(pairs: Pairs) -> str:
    return "-" if pairs.alike is None else f"{pairs.alike:.0%} of {pairs.pairs}"


def _reasons(left_out: dict[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in left_out.items()) or "none"


def _draw(found: Sequence[Calibration], path: Path, form: str) -> None:
    """One file for each judge; from the second on with a number before the suffix."""
    for number, one in enumerate(found, 1):
        scales = one.scales()
        target = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        picture = scatter(heading(one), {scale: one.pairs(scale) for scale in scales}, scales, form)
        try:
            target.write_bytes(picture)
        except OSError as error:
            raise Unwritable(f"{target} cannot be written: {error.strerror}") from error
        tell(f"Written to {target}")
