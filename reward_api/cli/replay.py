"""``replay``: what the stored reports of a run would have earned under another profile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.explain import number
from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.profiles import OtherProfile, chosen
from reward_api.cli.source import open_source
from reward_api.cli.terminal import plain, results, tell
from services.rewards.profile import Profile
from services.rewards.replay import GroupChange, Replay, measured_otherwise
from services.rewards.replay import replay as replayed

SHOWN = 20


def replay(
    run: Annotated[str, typer.Argument(help="Name of the run.")],
    profile: OtherProfile,
    data_dir: DataDir,
    step: Annotated[int | None, typer.Option(min=0, help="This training step alone.")] = None,
    url: Url = None,
    api_key: ApiKey = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every evaluation and group.")] = False,
) -> None:
    """Show what a run's stored reports would have earned under another profile. Nothing is changed.

    What the reports cannot decide is counted with its reason, and never guessed.
    """
    with open_source(url, api_key, data_dir) as source:
        other = chosen(profile, source)
        begun = source.run(run)
        stored, judge = source.profile(begun.profile_hash), begun.versions.get("judge", "unknown")
        found = replayed(source.evaluations(run, step=step), other)
    if as_json:
        typer.echo(json.dumps({"judge": judge} | as_document(found, stored, other), indent=2))
        return
    results().print(f"judge: {judge}", markup=False)
    show(found, stored, other)


def as_document(found: Replay, stored: Profile, other: Profile) -> dict[str, Any]:
    """JSON with the names of `services.rewards.replay`, and the sums of all groups."""
    moves = [{"before": b, "after": a, "evaluations": count} for (b, a), count in found.moves.items()]
    body = {**asdict(found), "moves": moves, "order": order(found.groups)}
    return {**body, "stored_profile": stored.ref.model_dump(), "profile": other.ref.model_dump()} | {
        "measured_otherwise": measured_otherwise(stored, other)
    }


def order(groups: Sequence[GroupChange]) -> dict[str, Any]:
    """What becomes of the order within groups, summed up. Shares are of all pairs in groups, None without any."""
    pairs = sum(group.pairs for group in groups)
    taus = [group.tau for group in groups if group.tau is not None]

    def share(count: int) -> float | None:
        return round(count / pairs, 6) if pairs else None

    return {
        "groups": len(groups),
        "groups_with_moved_ranks": sum(group.moved > 0 for group in groups),
        "groups_all_tied_before": sum(0 < group.pairs == group.tied_before for group in groups),
        "groups_all_tied_after": sum(0 < group.pairs == group.tied_after for group in groups),
        "pairs": pairs,
        "swapped_share": share(sum(group.swapped for group in groups)),
        "tied_share_before": share(sum(group.tied_before for group in groups)),
        "tied_share_after": share(sum(group.tied_after for group in groups)),
        "mean_tau": round(sum(taus) / len(taus), 6) if taus else None,
        "groups_with_tau": len(taus),
    }


def show(found: Replay, stored: Profile, other: Profile) -> None:
    """Tables on standard output; what to keep in mind beside them."""
    console = results()
    console.print(sums_table(found, stored, other))
    if found.moves:
        console.print(moves_table(found))
    changed = [group for group in found.groups if group.moved or group.parted or group.joined]
    if changed:
        console.print(group_table(sorted(changed, key=_loss)[:SHOWN]))
    if len(changed) > SHOWN:
        tell(f"{len(changed) - SHOWN} further groups changed; --json has them all.")
    for reason, count in found.reasons.items():
        tell(f"undecidable: {count} evaluations: {reason}")
    for line in measured_otherwise(stored, other):
        tell(f"measured otherwise: {line}; these numbers are of the stored reports")


def _loss(group: GroupChange) -> float:
    return group.tau if group.tau is not None else 1.0


def sums_table(found: Replay, stored: Profile, other: Profile) -> Table:
    sums = order(found.groups)
    before, after = (f"{one.name} {one.version}" for one in (stored, other))
    table = Table("", f"stored: {plain(before)}", f"replayed: {plain(after)}", box=None, pad_edge=False)
    rows: list[tuple[str, object, object]] = [
        ("scored", len(found.evaluations), len(found.evaluations) - found.undecidable),
        ("undecidable", "", found.undecidable),
        ("unscored", found.unscored, found.unscored),
        ("mean reward, of those decided", found.mean_before, found.mean_after),
        ("changed rewards", "", found.changed),
        ("groups all tied", sums["groups_all_tied_before"], sums["groups_all_tied_after"]),
        ("share of pairs tied", sums["tied_share_before"], sums["tied_share_after"]),
        ("share of pairs swapped", "", sums["swapped_share"]),
        ("groups with moved ranks", "", f"{sums['groups_with_moved_ranks']} of {sums['groups']}"),
        ("mean Kendall tau-b", "", sums["mean_tau"]),
    ]
    for name, *cells in rows:
        table.add_row(name, *(_cell(cell) for cell in cells))
    return table


def moves_table(found: Replay) -> Table:
    table = Table("band before", "band after", "evaluations", box=None, pad_edge=False)
    for (before, after), count in found.moves.items():
        table.add_row(plain(before), plain(after), str(count))
    return table


def group_table(groups: Sequence[GroupChange]) -> Table:
    names = ("step", "group", "size", "undecidable", "moved", "swapped", "parted", "joined", "pairs", "tau-b")
    table = Table(*names, box=None, pad_edge=False)
    table.columns[1].overflow = "fold"
    for group in groups:
        counts = (group.size, group.undecidable, group.moved, group.swapped, group.parted, group.joined, group.pairs)
        step = "" if group.step is None else str(group.step)
        table.add_row(step, Text(plain(group.group)), *map(str, counts), _cell(group.tau))
    return table


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return number(value) if isinstance(value, float) else str(value)
