"""What became of each row of a batch. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.contract import Evaluation, Status
from trainer_client.scores import Scores

HEURISTIC = "heuristic"
"""The kind of judge that is no model's opinion; its versions begin with it."""

UNREACHABLE, DEADLINE, CANCELLED, THIN_GROUP = "unreachable", "deadline", "cancelled", "thin-group"
LASTING = frozenset({CANCELLED, "budget"})
"""Reasons for which sending a rollout again is no use."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row's end.

    Attributes:
        evaluation: as last seen; None where the service never accepted the rollout.
        reason: why there is no reward; None where there is one. The service's word, or one of ours: ``unreachable``,
            ``deadline``, ``cancelled``, ``thin-group``.
    """

    evaluation: Evaluation | None = None
    reason: str | None = UNREACHABLE

    @property
    def reward(self) -> float | None:
        return self.evaluation.reward if self.evaluation and self.reason is None else None

    def component(self, name: str) -> float | None:
        """The component's value; 0 where a scored site did not get far enough to have it; None without a reward."""
        return self.evaluation.components.get(name, 0.0) if self.evaluation and self.reason is None else None


def row_of(evaluation: Evaluation | None) -> Row:
    if evaluation is None:
        return Row()
    if evaluation.status is Status.CANCELLED:
        return Row(evaluation, CANCELLED)
    if not evaluation.status.ended:
        return Row(evaluation, DEADLINE)
    if evaluation.reward is None:
        return Row(evaluation, evaluation.unscored_reason or "infrastructure")
    return Row(evaluation, None)


def rows_of(scores: Scores) -> list[Row]:
    return [row_of(evaluation) for evaluation in scores]


def nulls(rows: Sequence[Row]) -> list[int]:
    """Indices of the rows without a reward."""
    return [index for index, row in enumerate(rows) if row.reason is not None]


def null_share(rows: Sequence[Row]) -> float:
    return len(nulls(rows)) / len(rows) if rows else 0.0


def reasons(rows: Sequence[Row]) -> str:
    """For people: ``judge-down 12, deadline 3``."""
    found = [row.reason for row in rows if row.reason is not None]
    return ", ".join(f"{reason} {found.count(reason)}" for reason in sorted(set(found))) or "none"


def without_thin_groups(rows: Sequence[Row], groups: Sequence[Sequence[int]], least: float) -> list[Row]:
    """Groups of which a share below ``least`` has a reward lose those rewards, too."""
    kept = list(rows)
    for group in groups:
        scored = [index for index in group if rows[index].reason is None]
        if len(scored) < least * len(group):
            for index in scored:
                kept[index] = replace(kept[index], reason=THIN_GROUP)
    return kept


def heuristic_judge(evaluations: Sequence[Evaluation | None]) -> str | None:
    """Name of the heuristic judge, if one graded any of these or is going to."""
    for evaluation in evaluations:
        if evaluation is None:
            continue
        if evaluation.judge and evaluation.judge.kind == HEURISTIC:
            return evaluation.judge.model
        pinned = evaluation.versions.get("judge", "")
        if pinned.startswith(HEURISTIC):
            return pinned
    return None
