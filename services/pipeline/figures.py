"""Statistics read from the records: columns alone, or sums that the database makes. No report is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from services.contract import RunStatistics, RunSummary, StepStatistics
from services.pipeline.groups import DIGITS
from services.pipeline.measured import Measured
from services.pipeline.spending import run_spending
from services.pipeline.statistics import step_statistics
from services.settings import JudgeCosts
from services.stores.models import EvaluationRow

Row = EvaluationRow

_COLUMNS = (
    Row.step,
    Row.group,
    Row.status,
    Row.stage,
    Row.truncated,
    Row.reward,
    Row.band,
    Row.components,
    Row.unscored_reason,
    Row.source_hash,
    Row.shot_hash,
    Row.figures,
)
"""In the order of `Measured`."""


def originals(run: str) -> ColumnElement[bool]:
    """A run's evaluations without derived ones, which would count a rollout twice."""
    return (Row.run == run) & Row.derived_from.is_(None)


def numbers(session: Session, run: str, step: int | None = None) -> list[int | None]:
    """The run's steps in their order, None last; one alone where it is named."""
    query = select(Row.step).where(Row.run == run).distinct()
    found = set(session.scalars(query if step is None else query.where(Row.step == step)))
    return [*sorted(number for number in found if number is not None), *([None] if None in found else [])]


def of_steps(session: Session, run: str, steps: Sequence[int | None]) -> list[StepStatistics]:
    """The figures of these steps, in their order."""
    rows = _by_step(session, run, steps)
    return [step_statistics(step, rows[step]) for step in steps]


def of_run(session: Session, summary: RunSummary, costs: JudgeCosts) -> RunStatistics:
    """The run's own figures; for a hundred thousand evaluations the database adds up."""
    bands, reasons = (_tally(session, summary.run, column) for column in (Row.band, Row.unscored_reason))
    mean = session.scalar(select(func.avg(Row.reward)).where(originals(summary.run)))
    return RunStatistics(
        **summary.model_dump(),
        spending=run_spending(session, summary.run, costs),
        mean_reward=None if mean is None else round(float(mean), DIGITS),
        bands=bands,
        unscored_reasons=reasons,
    )


def _by_step(session: Session, run: str, steps: Sequence[int | None]) -> dict[int | None, list[Measured]]:
    found: dict[int | None, list[Measured]] = defaultdict(list)
    for row in session.execute(_measured(run, steps)):
        *columns, figures = row
        found[row.step].append(Measured._make([*columns, figures or {}]))
    return found


def _measured(run: str, steps: Sequence[int | None]) -> Select[Any]:
    wanted = Row.step.in_([step for step in steps if step is not None])
    among = or_(wanted, Row.step.is_(None)) if None in steps else wanted
    return select(*_COLUMNS).where(originals(run), among)


def _tally(session: Session, run: str, column: InstrumentedAttribute[str | None]) -> dict[str, int]:
    """Word -> evaluations, in the order of the words."""
    query = select(column, func.count()).where(originals(run), column.is_not(None)).group_by(column)
    return dict(sorted((str(word), number) for word, number in session.execute(query)))
