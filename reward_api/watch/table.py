"""The rows of a run that goes on. Pure but for rich's own objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Group
from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import plain
from reward_api.report.table import NOTHING, number, percent
from reward_api.watch.model import View, concerns, settled, unfinished
from services.contract import Figures, RunStatistics, StepStatistics

SHORT = {"no-source": "source", "static-failed": "static", "build-failed": "build", "render-failed": "render"}
"""Bands of failure, as they are named in a row."""


NARROW = 110
"""Columns of a terminal below which the least needed ones are left out."""


@dataclass(frozen=True, slots=True)
class Column:
    """``width``: of a line that is printed without a table. ``spare``: left out where a terminal is narrow."""

    title: str
    width: int
    spare: bool = False


COLUMNS = (
    Column("step", 6),
    Column("ended", 10),
    Column("null", 5),
    Column("reward", 8),
    Column("looks", 7, spare=True),
    Column("spread", 7),
    Column("of looks", 9),
    Column("judge ±", 8, spare=True),
    Column("tied", 7),
    Column("unique", 8, spare=True),
    Column("cut", 6, spare=True),
    Column("failed at", 0),
)


def cells(found: StepStatistics) -> tuple[str, ...]:
    """One per column. Shares of groups are ``tied on appearance of those that can tell``."""
    return (
        NOTHING if found.step is None else str(found.step),
        f"{found.evaluations - unfinished(found)}/{found.evaluations}",
        str(found.ended - found.scored),
        number(found.mean_reward),
        number(found.mean_appearance, 2),
        number(found.within_group_spread, 2),
        number(found.appearance_spread, 2),
        number(found.mean_judge_spread, 2),
        f"{found.groups_tied_on_appearance}/{found.groups_judged}",
        number(found.sources_per_group, 1),
        percent(found.truncated_share).replace(".0 %", " %"),
        failures(found),
    )


def failures(found: Figures) -> str:
    """Where the candidates failed and why rewards are missing: ``build 3  static 1  no reward: judge-down 2``."""
    failed = [f"{SHORT.get(band, band)} {count}" for band, count in found.bands.items() if band != "rendered" and count]
    lost = [f"{reason} {count}" for reason, count in found.unscored_reasons.items()]
    return plain("  ".join(failed + [f"no reward: {', '.join(lost)}"] * bool(lost)))


def head_line() -> str:
    return "".join(column.title.rjust(column.width) if column.width else f"  {column.title}" for column in COLUMNS)


def line(found: StepStatistics) -> str:
    """A row where there is no terminal; it is as wide as `head_line`, but for its last cell."""
    pairs = zip(cells(found), COLUMNS, strict=True)
    return "".join(cell.rjust(column.width) if column.width else f"  {cell}" for cell, column in pairs).rstrip()


def screen(run: RunStatistics | None, name: str, view: View, last: int, width: int) -> Group:
    """What stands on a terminal: who is watched, the last steps, what is of concern in the newest that has ended."""
    return Group(heading(run, name), table(view.steps[-last:], width), remarks(view))


def heading(run: RunStatistics | None, name: str) -> Text:
    if run is None:
        return Text(plain(f"{name}: has not begun; waiting"))
    judge = run.versions.get("judge", "unknown")
    done = sum(count for status, count in run.counts.items() if status.ended)
    state = "  cancelled" * run.cancelled
    return Text(
        plain(f"{name}: profile {run.profile}, judge {judge}, {done} of {sum(run.counts.values())} ended{state}")
    )


def table(steps: Sequence[StepStatistics], width: int) -> Table:
    """For a terminal of so many columns."""
    places = [place for place, column in enumerate(COLUMNS) if width >= NARROW or not column.spare]
    shown = Table(box=None, pad_edge=False)
    for place in places:
        numbers = bool(COLUMNS[place].width)
        shown.add_column(COLUMNS[place].title, justify="right" if numbers else "left", no_wrap=numbers)
    for found in steps:
        row = cells(found)
        shown.add_row(*(row[place] for place in places), style=None if settled(found) else "cyan")
    return shown


def remarks(view: View) -> Text:
    """The fault of the last reading, and concerns of the newest step that has ended."""
    ended = [found for found in view.steps if settled(found)]
    told = [f"step {ended[-1].step}: {sentence}" for sentence in concerns(ended[-1])] if ended else []
    fault = [f"not read anew: {view.fault}"] if view.fault else []
    return Text(plain("\n".join(fault + told), keep_lines=True), style="yellow")
