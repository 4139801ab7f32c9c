"""``group``: one group's screenshots and rewards as a page in the browser."""

from __future__ import annotations

import re
import tempfile
import webbrowser
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.report import Unwritable
from reward_api.cli.source import Source, open_source
from reward_api.cli.terminal import plain, results, tell
from reward_api.report.table import number
from reward_api.sheet.advantage import Scale
from reward_api.sheet.model import ROUTES, Sheet, make_sheet, summary
from reward_api.sheet.page import Pictures, document
from services.contract import Evaluation
from services.errors import NotFound

MOST_ROUTES = 6
AT_ONCE = 8
"""Pictures that are fetched at a time."""

NO_GROUP = "-"


def group(
    run: Annotated[str, typer.Argument(help="Name of the run.")],
    step: Annotated[int, typer.Argument(min=0, help="Training step.")],
    data_dir: DataDir,
    name: Annotated[
        str | None, typer.Argument(metavar="[GROUP]", help="Name of the group; left out, the step's are listed.")
    ] = None,
    url: Url = None,
    api_key: ApiKey = None,
    scale: Annotated[
        Scale, typer.Option(help="What the trainer divides advantages by: its scale_rewards.")
    ] = Scale.GROUP,
    routes: Annotated[int, typer.Option(min=0, max=MOST_ROUTES, help="Further pages of each site to show.")] = ROUTES,
    out: Annotated[Path | None, typer.Option(help="Write the page here and open no browser.", dir_okay=False)] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Show one group as a page: screenshots by reward, with components, advantage and first finding.

    The page is one file that needs nothing beside it. Reads a running service (--url), else a stack's data folder.
    """
    with open_source(url, api_key, data_dir) as source:
        if name is None:
            results().print(listing(members(source, run, step)))
            return
        sheet = read(source, run, step, name, scale, routes)
        page = document(sheet, fetch(source, sheet))
    file = out or _place(sheet)
    write(file, page)
    tell(f"Written to {file}")
    if open_ and out is None and not webbrowser.open(file.as_uri()):
        tell("No browser could be opened.")


def members(source: Source, run: str, step: int, group: str | None = None) -> list[Evaluation]:
    """What was sent for the step, one group of it where it is named; without what was judged again later.

    Raises:
        NotFound: no such run, or nothing was sent there.
    """
    found = [e for e in source.evaluations(run, step=step, group=group) if e.derived_from is None]
    if not found:
        raise NotFound(f"run {run!r} has no evaluations in step {step}" + (f", group {group!r}" if group else ""))
    return found


def read(source: Source, run: str, step: int, group: str, scale: Scale, routes: int = ROUTES) -> Sheet:
    """Raises:
    NotFound: no such run, or nothing was sent there; says which groups there are.
    """
    found = [e for e in source.evaluations(run, step=step, group=group) if e.derived_from is None]
    everyone = members(source, run, step) if scale is Scale.BATCH or not found else found
    if not found:
        known = ", ".join(sorted({e.group or NO_GROUP for e in everyone}, key=_natural)[:20])
        raise NotFound(f"step {step} of run {run!r} has no group {group!r}; there are: {known}")
    asked = instruction(source, found[0])
    return make_sheet(found, scale, step=everyone, routes=routes, instruction=asked)


def instruction(source: Source, evaluation: Evaluation) -> str | None:
    """What the group was asked for; None where the service cannot say it."""
    try:
        return source.rollout(evaluation.id).instruction
    except NotFound:
        return None


def fetch(source: Source, sheet: Sheet) -> Pictures:
    """Every picture of the sheet that is still there."""
    wanted = [(member.evaluation.id, shot.name) for member in sheet.members for shot in member.shots]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda one: _picture(source, *one), wanted)
        return {one: png for one, png in zip(wanted, found, strict=True) if png is not None}


def _picture(source: Source, evaluation_id: str, name: str) -> bytes | None:
    try:
        return source.artifact(evaluation_id, name)
    except NotFound:
        return None


def listing(found: Iterable[Evaluation]) -> Table:
    """The groups of a step, with what tells them apart."""
    groups: dict[str, list[Evaluation]] = defaultdict(list)
    for evaluation in found:
        groups[evaluation.group or NO_GROUP].append(evaluation)
    table = Table(box=None, pad_edge=False)
    for column in ("group", "scored", "mean reward", "spread", "of looks", "pictures"):
        table.add_column(column, justify="left" if column == "group" else "right")
    for name in sorted(groups, key=_natural):
        table.add_row(*(Text(plain(cell)) for cell in (name, *_figures(groups[name]))))
    return table


def _figures(group: Sequence[Evaluation]) -> tuple[str, ...]:
    known = summary(make_sheet(group, Scale.GROUP))
    spreads = (number(known.mean), number(known.spread), number(known.looks_spread))
    return (f"{known.scored}/{known.size}", *spreads, str(known.pictures))


def _natural(name: str) -> tuple[int, str]:
    """Numbers by their size, before everything else."""
    return (int(name), "") if name.isascii() and name.isdigit() and len(name) < 10 else (2**31, name)


def _place(sheet: Sheet) -> Path:
    """A file of this user's own that stays: a browser reads it after this program has ended."""
    title = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{sheet.run}-{sheet.step}-{sheet.group}")[:120]
    return Path(tempfile.mkdtemp(prefix="webgen-group-")) / f"{title}.html"


def write(file: Path, page: bytes) -> None:
    try:
        file.write_bytes(page)
    except OSError as error:
        raise Unwritable(f"{file} cannot be written: {error.strerror}") from error
