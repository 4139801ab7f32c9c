"""Figures of groups: one prompt's completions in one step. Pure; each is defined in `services.contract.Figures`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, pstdev
from typing import Any

from services.pipeline.measured import Measured
from services.rewards.profile import Band

Group = Sequence[Measured]

TOP = 5.0
DIGITS = 6
"""Decimals within which two numbers are equal: those that a reward is rounded to."""


def by_group(rows: Iterable[Measured]) -> list[Group]:
    """The members of each group of one step; rows without a group are in none."""
    groups: dict[str, list[Measured]] = defaultdict(list)
    for row in rows:
        if row.group is not None:
            groups[row.group].append(row)
    return list(groups.values())


def group_figures(rows: Iterable[Measured]) -> dict[str, Any]:
    """Every figure about the groups of one step, by its name in `services.contract.Figures`."""
    groups = by_group(rows)
    compared = [scored for scored in map(scored_of, groups) if len(scored) > 1]
    rewards = [[row.reward for row in group if row.reward is not None] for group in compared]
    looks = [found for found in map(appearances, groups) if len(found) > 1]
    return {
        "groups": len(groups),
        "groups_compared": len(compared),
        "within_group_spread": mean(map(pstdev, rewards)),
        "groups_tied": sum(map(tied, rewards)),
        "groups_all_failed": sum(map(all_failed, compared)),
        "groups_all_top": sum(map(all_top, compared)),
        "groups_judged": len(looks),
        "appearance_spread": mean(map(pstdev, looks)),
        "groups_tied_on_appearance": sum(map(tied, looks)),
        "sources_per_group": mean(distinct(row.source_hash for row in group) for group in groups),
        "shots_per_group": mean(distinct(row.shot_hash for row in group) for group in groups),
    }


def scored_of(group: Group) -> Group:
    return [row for row in group if row.scored]


def appearances(group: Group) -> list[float]:
    """Of the judged members."""
    return [row.appearance for row in group if row.appearance is not None]


def tied(values: Sequence[float]) -> bool:
    return len({round(value, DIGITS) for value in values}) == 1


def all_failed(group: Group) -> bool:
    return all(row.band != Band.RENDERED.value for row in group)


def all_top(group: Group) -> bool:
    return all(row.appearance is not None and round(row.appearance, DIGITS) >= TOP for row in group)


def distinct(values: Iterable[str | None]) -> int:
    return len({value for value in values if value is not None})


def mean(values: Iterable[float]) -> float | None:
    """None where there is nothing to take it of."""
    found = list(values)
    return round(fmean(found), DIGITS) if found else None
