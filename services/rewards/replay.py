"""What the stored reports of a run would have earned under another profile. Pure."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import fmean

from services.contract import Evaluation, ProfileRef, Status
from services.rewards.decide import Reward
from services.rewards.gaps import decide_recorded
from services.rewards.profile import Profile


@dataclass(frozen=True, slots=True)
class Replayed:
    """One scored evaluation under both profiles.

    Attributes:
        before, before_band: as recorded.
        after, after_band: under the other profile; None where the reports do not decide it, for `reasons`.
    """

    evaluation: str
    rollout: str
    step: int | None
    group: str | None
    before: float
    before_band: str | None
    after: float | None
    after_band: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupChange:
    """How the order within one group changed, over those of its evaluations that both profiles decide.

    Attributes:
        pairs: pairs of evaluations.
        swapped: pairs whose order is the other way round.
        parted, joined: pairs that were tied and are not, and the reverse.
        tied_before, tied_after: tied pairs.
        moved: evaluations with another rank (1 is the highest reward, equal rewards share a rank).
        tau: Kendall's tau-b between the two orders, -1 to 1; None where one of them ties everything.
        undecidable: evaluations left out.
    """

    step: int | None
    group: str
    size: int
    undecidable: int
    pairs: int
    swapped: int
    parted: int
    joined: int
    tied_before: int
    tied_after: int
    moved: int
    tau: float | None


@dataclass(frozen=True, slots=True)
class Replay:
    """A run under another profile.

    Attributes:
        unscored: evaluations without a recorded reward: they have none under any profile.
        derived: rejudged ones, left out.
        reasons: why evaluations are undecidable -> how many.
        moves: (band before, band after) -> how many.
        mean_before, mean_after: over those that both profiles decide.
    """

    profile: ProfileRef
    evaluations: tuple[Replayed, ...]
    groups: tuple[GroupChange, ...]
    unscored: int
    derived: int
    changed: int
    undecidable: int
    reasons: dict[str, int]
    moves: dict[tuple[str, str], int]
    mean_before: float | None
    mean_after: float | None


def replay(evaluations: Iterable[Evaluation], profile: Profile) -> Replay:
    """Every scored evaluation under the profile, and what that does to the order within each group."""
    found: list[Replayed] = []
    unscored = derived = 0
    for evaluation in evaluations:
        one = None if evaluation.derived_from else replay_one(evaluation, profile)
        derived += evaluation.derived_from is not None
        unscored += one is None and evaluation.derived_from is None
        found += [one] if one else []
    return _summed(found, profile, unscored, derived)


def replay_one(evaluation: Evaluation, profile: Profile) -> Replayed | None:
    """One evaluation; None for one that was not scored, to which no profile gives a number."""
    if evaluation.status is not Status.SCORED or evaluation.reward is None:
        return None
    outcome = decide_recorded(profile, evaluation)
    decided = outcome if isinstance(outcome, Reward) else None
    return Replayed(
        evaluation=evaluation.id,
        rollout=evaluation.rollout_id,
        step=evaluation.step,
        group=evaluation.group,
        before=evaluation.reward,
        before_band=evaluation.band,
        after=decided.value if decided else None,
        after_band=decided.band.value if decided else None,
        reasons=() if isinstance(outcome, Reward) else outcome.reasons,
    )


def _summed(found: Sequence[Replayed], profile: Profile, unscored: int, derived: int) -> Replay:
    decided = [(one.before, one.after) for one in found if one.after is not None]
    moves = Counter((one.before_band or "", one.after_band or "") for one in found if one.after is not None)
    return Replay(
        profile=profile.ref,
        evaluations=tuple(found),
        groups=group_changes(found),
        unscored=unscored,
        derived=derived,
        changed=sum(before != after for before, after in decided),
        undecidable=len(found) - len(decided),
        reasons=dict(Counter(reason for one in found for reason in one.reasons).most_common()),
        moves=dict(moves.most_common()),
        mean_before=round(fmean(before for before, _ in decided), 6) if decided else None,
        mean_after=round(fmean(after for _, after in decided), 6) if decided else None,
    )


def group_changes(found: Iterable[Replayed]) -> tuple[GroupChange, ...]:
    """One for each group, in the order that they were met; a group is named by its step too."""
    groups: dict[tuple[int | None, str], list[Replayed]] = defaultdict(list)
    for one in found:
        if one.group is not None:
            groups[one.step, one.group].append(one)
    return tuple(_group_change(step, group, members) for (step, group), members in groups.items())


def _group_change(step: int | None, group: str, members: Sequence[Replayed]) -> GroupChange:
    rewards = [(one.before, one.after) for one in members if one.after is not None]
    orders = [(_sign(a[0], b[0]), _sign(a[1], b[1])) for a, b in combinations(rewards, 2)]
    ranks = zip(_ranks([before for before, _ in rewards]), _ranks([after for _, after in rewards]), strict=True)
    return GroupChange(
        step=step,
        group=group,
        size=len(rewards),
        undecidable=len(members) - len(rewards),
        pairs=len(orders),
        swapped=sum(before * after < 0 for before, after in orders),
        parted=sum(before == 0 != after for before, after in orders),
        joined=sum(after == 0 != before for before, after in orders),
        tied_before=sum(before == 0 for before, _ in orders),
        tied_after=sum(after == 0 for _, after in orders),
        moved=sum(before != after for before, after in ranks),
        tau=tau_b(orders),
    )


def tau_b(orders: Sequence[tuple[int, int]]) -> float | None:
    """Kendall's tau-b from the signs of all pairs in both orders; None where one order has no untied pair.

    (C - D) / sqrt((n0 - n1)(n0 - n2)): Kendall, Biometrika 33 (1945).
    """
    untied = [sum(pair[side] != 0 for pair in orders) for side in (0, 1)]
    if not all(untied):
        return None
    return round(sum(before * after for before, after in orders) / math.sqrt(untied[0] * untied[1]), 6)


def _sign(a: float, b: float) -> int:
    return (a > b) - (a < b)


def _ranks(rewards: Sequence[float]) -> list[int]:
    return [1 + sum(other > reward for other in rewards) for reward in rewards]


def measured_otherwise(stored: Profile, other: Profile) -> list[str]:
    """Where the other profile would have looked, built or graded in another way: its numbers over these reports are
    those of the reports, not of a new run."""
    differences = {
        "render": (stored.render, other.render),
        "lane": (stored.lane, other.lane),
        "judge.samples": (stored.judge.samples, other.judge.samples),
        "judge.verdict_reuse": (stored.judge.verdict_reuse, other.judge.verdict_reuse),
    }
    return [f"{key} was {was}, and is {now}" for key, (was, now) in differences.items() if was != now]
