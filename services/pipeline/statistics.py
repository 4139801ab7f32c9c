"""Figures of runs and steps, over rows. Pure, but for the queries at the end."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, pstdev

from services.contract import RunStatistics, RunSummary, Status, StepStatistics
from services.pipeline.view import moment
from services.rewards.profile import Profile
from services.stores.models import EvaluationRow, RunRow

Row = EvaluationRow


def counts(rows: Iterable[Row]) -> dict[Status, int]:
    found = Counter(Status(row.status) for row in rows)
    return {status: found[status] for status in Status if found[status]}


def mean_reward(rows: Iterable[Row]) -> float | None:
    """Mean over the scored ones; None where there are none."""
    rewards = [row.reward for row in rows if row.reward is not None]
    return round(fmean(rewards), 6) if rewards else None


def bands(rows: Iterable[Row]) -> dict[str, int]:
    return dict(sorted(Counter(row.band for row in rows if row.band).items()))


def unscored_reasons(rows: Iterable[Row]) -> dict[str, int]:
    return dict(sorted(Counter(row.unscored_reason for row in rows if row.unscored_reason).items()))


def mean_components(rows: Iterable[Row]) -> dict[str, float]:
    values: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        for name, value in row.components.items():
            values[name].append(value)
    return {name: round(fmean(found), 6) for name, found in sorted(values.items())}


def within_group_spread(rows: Iterable[Row]) -> float | None:
    """Mean over groups of the population standard deviation of the reward."""
    groups: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        if row.group is not None and row.reward is not None:
            groups[row.group].append(row.reward)
    spreads = [pstdev(rewards) for rewards in groups.values() if len(rewards) > 1]
    return round(fmean(spreads), 6) if spreads else None


def step_statistics(step: int | None, rows: Sequence[Row], reused: int) -> StepStatistics:
    return StepStatistics(
        step=step,
        counts=counts(rows),
        mean_reward=mean_reward(rows),
        mean_components=mean_components(rows),
        bands=bands(rows),
        unscored_reasons=unscored_reasons(rows),
        within_group_spread=within_group_spread(rows),
        truncated=sum(row.truncated for row in rows),
        reused=reused,
        unique_sources=len({row.source_hash for row in rows if row.source_hash}),
    )


def run_summary(run: RunRow, profile: Profile, found: dict[Status, int]) -> RunSummary:
    return RunSummary(
        run=run.name,
        profile=profile.name,
        profile_hash=profile.hash,
        versions=run.versions,
        created_at=moment(run.created_at),
        cancelled=run.cancelled_at is not None,
        counts=found,
    )


def run_statistics(summary: RunSummary, rows: Sequence[Row]) -> RunStatistics:
    return RunStatistics(
        **summary.model_dump(),
        mean_reward=mean_reward(rows),
        bands=bands(rows),
        unscored_reasons=unscored_reasons(rows),
    )
