"""How much work waits and is done at each stage, from the records."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from services.contract import Status
from services.stages import Stage
from services.stores.models import EvaluationRow


@dataclass(frozen=True, slots=True)
class StageGauge:
    """Work at one stage.

    Attributes:
        waiting: evaluations that a worker could take now or, after a delay, soon.
        parked: evaluations that wait for equal work of another.
        running: evaluations that are worked on.
        oldest_seconds: for how long that one has been due which waits longest for a worker.
    """

    waiting: int
    parked: int
    running: int
    oldest_seconds: float


def stage_gauges(session: Session, now: float) -> dict[Stage, StageGauge]:
    """For every stage, those without work too."""
    queued = EvaluationRow.status == Status.QUEUED.value
    waiting = _counted(session, queued, EvaluationRow.parked_on.is_(None))
    parked = _counted(session, queued, EvaluationRow.parked_on.is_not(None))
    running = _counted(session, EvaluationRow.status == Status.RUNNING.value)
    none = (0, now)
    return {
        stage: StageGauge(
            waiting.get(stage, none)[0],
            parked.get(stage, none)[0],
            running.get(stage, none)[0],
            max(0.0, now - waiting.get(stage, none)[1]),
        )
        for stage in Stage
    }


def _counted(session: Session, *which: ColumnElement[bool]) -> dict[Stage, tuple[int, float]]:
    """By stage: how many, and since when the first of them has been due."""
    columns = (EvaluationRow.stage, func.count(), func.min(EvaluationRow.not_before))
    query = select(*columns).where(*which).group_by(EvaluationRow.stage)
    return {Stage(stage): (number, due) for stage, number, due in session.execute(query)}
