"""A report as tables for a terminal. Pure but for rich's own objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import plain
from reward_api.report.model import Drift, Report, pooled
from services.contract import Figures, LengthBucket
from services.rewards.profile import Band

MOST_ROWS = 24
NOTHING = "-"


def tables(report: Report) -> Iterator[Table | Text]:
    """The parts of a report in the order of reading. What others wrote is shown plain."""
    yield _heading(report)
    yield _grid("", _whole(report.total))
    yield _grid("outcomes of the scored", _bands(report.total))
    yield _grid("groups", _groups(report.total))
    if report.total.ended > report.total.scored:
        yield _grid("no reward, by reason", _reasons(report.total))
        yield _grid("no reward, by length of the completion", _lengths(report.total.by_length))
    if len(report.steps) > 1:
        yield _grid("medians since the first steps", map(_drift, report.drifts))
        yield _steps(report)


def _heading(report: Report) -> Text:
    run, whole = report.run, report.total
    head = f"{run.run}: {len(report.steps)} steps, {whole.evaluations} evaluations, profile {run.profile}"
    lines = [head, *(f"judge: {judge}" for judge in report.judges)]
    return Text("\n".join(plain(line) for line in lines))


def _whole(whole: Figures) -> list[tuple[str, str, str]]:
    return [
        ("scored", percent(whole.scored_share), f"{whole.scored} of {whole.ended} that ended"),
        ("mean reward", number(whole.mean_reward), f"over {whole.scored} scored"),
        ("VRR", percent(whole.valid_render_rate), f"{whole.rendered} of {whole.scored} scored rendered"),
        (
            "LDPR",
            percent(whole.lint_dependency_pass_rate),
            f"{whole.passed_dependencies} of {whole.scored} scored passed the static gates and got their dependencies",
        ),
        ("AAS", number(whole.mean_appearance), f"appearance, 0 to 5, over {whole.judged} that rendered"),
        ("", number(whole.appearance_of_all), f"over {whole.scored} scored, 0 where nothing rendered (WebGen-Bench)"),
        ("judge spread", number(whole.mean_judge_spread), f"over {whole.repeatedly_judged} with several samples"),
        ("truncated", percent(whole.truncated_share), f"{whole.truncated} of {whole.evaluations} completions"),
        ("reused", percent(whole.reused_share), f"{whole.reused} of {whole.ended}; {whole.reused_verdicts} verdicts"),
    ]


def _bands(whole: Figures) -> list[tuple[str, str, str]]:
    """Every band that a profile knows, the failures first, in the order of the cascade."""
    counts = {band.value: whole.bands.get(band.value, 0) for band in Band}
    return [(band, share(count, whole.scored), str(count)) for band, count in counts.items()]


def _groups(whole: Figures) -> list[tuple[str, str, str]]:
    compared, judged = whole.groups_compared, whole.groups_judged
    of_compared, of_judged = f"of {compared} with two scored", f"of {judged} with two that rendered"
    return [
        ("spread of reward", number(whole.within_group_spread), f"mean {of_compared}"),
        ("spread of appearance", number(whole.appearance_spread), f"mean {of_judged}"),
        ("tied", share(whole.groups_tied, compared), f"{whole.groups_tied} {of_compared}"),
        (
            "tied on appearance",
            share(whole.groups_tied_on_appearance, judged),
            f"{whole.groups_tied_on_appearance} {of_judged}",
        ),
        ("all failed", share(whole.groups_all_failed, compared), f"{whole.groups_all_failed} {of_compared}"),
        ("all 5", share(whole.groups_all_top, compared), f"{whole.groups_all_top} {of_compared}"),
        ("distinct sources", number(whole.sources_per_group, 1), f"mean of {whole.groups} groups"),
        ("distinct screenshots", number(whole.shots_per_group, 1), f"mean of {whole.groups} groups"),
    ]


def _reasons(whole: Figures) -> list[tuple[str, str, str]]:
    lost = whole.unscored_reasons
    return [(plain(reason), share(count, whole.ended), f"{count} of {whole.ended}") for reason, count in lost.items()]


def _lengths(buckets: Sequence[LengthBucket]) -> list[tuple[str, str, str]]:
    return [(length(b), share(b.unscored, b.ended), f"{b.unscored} of {b.ended}") for b in buckets if b.ended]


def _drift(drift: Drift) -> tuple[str, str, str]:
    moved = NOTHING if drift.times is None else f"{drift.times:.2f} times"
    return drift.what, moved, f"{number(drift.first, 1)} at first, {number(drift.last, 1)} at last"


def _steps(report: Report) -> Table:
    """One row a step; stretches of steps where there are too many of them."""
    names = ("n", "scored", "reward", "VRR", "LDPR", "AAS", "spread", "of looks", "tied", "tied looks", "truncated")
    table = Table("step", title="by step", title_justify="left", box=None, pad_edge=False)
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for stretch, found in pooled(report.steps, MOST_ROWS):
        table.add_row(stretch, *_row(found))
    return table


def _row(found: Figures) -> tuple[str, ...]:
    return (
        str(found.evaluations),
        percent(found.scored_share),
        number(found.mean_reward),
        percent(found.valid_render_rate),
        percent(found.lint_dependency_pass_rate),
        number(found.mean_appearance),
        number(found.within_group_spread),
        number(found.appearance_spread),
        share(found.groups_tied, found.groups_compared),
        share(found.groups_tied_on_appearance, found.groups_judged),
        percent(found.truncated_share),
    )


def _grid(title: str, rows: Iterable[tuple[str, str, str]]) -> Table:
    table = Table(
        title=f"\n{title}" if title else None, title_justify="left", box=None, pad_edge=False, show_header=False
    )
    table.add_column(no_wrap=True, min_width=22)
    table.add_column(justify="right", no_wrap=True, min_width=10)
    table.add_column(overflow="fold", style="dim")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def number(value: float | None, digits: int = 3) -> str:
    return NOTHING if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.1f} %"


def share(part: int, whole: int) -> str:
    return percent(part / whole) if whole else NOTHING


def length(bucket: LengthBucket) -> str:
    """A bucket in characters, for example ``8,000 to 15,999``."""
    start = f"{bucket.at_least:,}"
    return f"{start} to {bucket.below - 1:,}" if bucket.below else f"{start} and more"
