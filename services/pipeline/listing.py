"""Listings by cursor. A cursor is the last row's sort key; it means nothing to a caller."""

from __future__ import annotations

import base64
import json
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from services.contract import EvaluationPage, Rollout, RunPage, RunStatistics, RunSummary, Status, StepPage
from services.errors import InvalidRequest, NotFound
from services.pipeline import figures
from services.pipeline.view import load_evaluations, load_profiles, moment
from services.rewards.profile import Profile
from services.settings import JudgeCosts
from services.stores.models import EvaluationRow, RunRow

MAX_NUMBER = 2**53


def encode_cursor(*key: float | str) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def decode_cursor(cursor: str | None, kinds: tuple[type, ...]) -> list[Any] | None:
    """The key in a cursor of ours: finite, non-negative numbers and texts that a database can compare.

    Raises:
        InvalidRequest: it is not one.
    """
    if cursor is None:
        return None
    try:
        key = json.loads(base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True))
    except ValueError as error:
        raise InvalidRequest("the cursor is not one of ours: send next_cursor of the page before") from error
    if not (isinstance(key, list) and len(key) == len(kinds) and all(map(_fits, key, kinds))):
        raise InvalidRequest("the cursor is not one of this listing: send next_cursor of the page before")
    return key


def _fits(value: object, kind: type) -> bool:
    if type(value) is not kind:
        return False
    if isinstance(value, str):
        return value.isascii() and value.isprintable()
    return isinstance(value, int | float) and 0 <= value < MAX_NUMBER


def require_run(session: Session, name: str) -> RunRow:
    run = session.get(RunRow, name)
    if run is None:
        raise NotFound(f"no run is called {name!r}")
    return run


def runs(session: Session, cursor: str | None, limit: int) -> RunPage:
    """Runs, newest first."""
    query = select(RunRow).order_by(RunRow.created_at.desc(), RunRow.name).limit(limit + 1)
    after = decode_cursor(cursor, (float, str))
    if after:
        created, name = after
        later = and_(RunRow.created_at == created, RunRow.name > name)
        query = query.where(or_(RunRow.created_at < created, later))
    rows = list(session.scalars(query))
    page, more = rows[:limit], len(rows) > limit
    found = _counts(session, [row.name for row in page])
    profiles = load_profiles(session, {row.profile_hash for row in page})
    summaries = [_summary(row, profiles[row.profile_hash], found[row.name]) for row in page]
    return RunPage(runs=summaries, next_cursor=encode_cursor(page[-1].created_at, page[-1].name) if more else None)


def run(session: Session, name: str, costs: JudgeCosts) -> RunStatistics:
    """A run with its statistics; ``costs``: where the budget stands."""
    row = require_run(session, name)
    profile = load_profiles(session, [row.profile_hash])[row.profile_hash]
    return figures.of_run(session, _summary(row, profile, _counts(session, [name])[name]), costs)


def steps(session: Session, name: str, cursor: str | None, limit: int, step: int | None = None) -> StepPage:
    """Steps in their order; evaluations without a step come last, as step null."""
    require_run(session, name)
    ordered = figures.numbers(session, name, step)
    after = decode_cursor(cursor, (int,))
    start = after[0] if after else 0
    found = figures.of_steps(session, name, ordered[start : start + limit])
    more = start + limit < len(ordered)
    return StepPage(steps=found, next_cursor=encode_cursor(start + limit) if more else None)


def evaluations(
    session: Session,
    name: str,
    *,
    cursor: str | None,
    limit: int,
    step: int | None = None,
    group: str | None = None,
    status: Status | None = None,
    derived: bool | None = None,
) -> EvaluationPage:
    """Evaluations of a run in the order submitted; ``derived``: only rejudged ones, or only originals."""
    require_run(session, name)
    conditions: list[ColumnElement[bool]] = [EvaluationRow.run == name]
    conditions += [EvaluationRow.step == step] if step is not None else []
    conditions += [EvaluationRow.group == group] if group is not None else []
    conditions += [EvaluationRow.status == status.value] if status is not None else []
    conditions += [EvaluationRow.derived_from.is_not(None)] if derived is True else []
    conditions += [EvaluationRow.derived_from.is_(None)] if derived is False else []
    after = decode_cursor(cursor, (float, str))
    if after:
        same_time = and_(EvaluationRow.created_at == after[0], EvaluationRow.id > after[1])
        conditions.append(or_(EvaluationRow.created_at > after[0], same_time))
    query = select(EvaluationRow).where(*conditions).order_by(EvaluationRow.created_at, EvaluationRow.id)
    rows = list(session.scalars(query.limit(limit + 1)))
    page, more = rows[:limit], len(rows) > limit
    following = encode_cursor(page[-1].created_at, page[-1].id) if more else None
    return EvaluationPage(evaluations=load_evaluations(session, page), next_cursor=following)


def sent(session: Session, evaluation_id: str) -> tuple[str, Rollout]:
    """The rollout that an evaluation is of, but for its completion, which is the blob named beside it.

    Raises:
        NotFound: no such evaluation.
    """
    row = session.get(EvaluationRow, evaluation_id)
    if row is None:
        raise NotFound(f"no evaluation has the id {evaluation_id!r}")
    return row.completion, Rollout.model_construct(
        id=row.rollout_id,
        instruction=row.instruction,
        completion="",
        step=row.step,
        group=row.group,
        sample=row.sample,
        truncated=row.truncated,
        metadata=dict(row.extra),
    )


def _summary(row: RunRow, profile: Profile, counts: dict[Status, int]) -> RunSummary:
    return RunSummary(
        run=row.name,
        profile=profile.name,
        profile_hash=profile.hash,
        versions=row.versions,
        created_at=moment(row.created_at),
        cancelled=row.cancelled_at is not None,
        counts=counts,
    )


def _counts(session: Session, names: list[str]) -> dict[str, dict[Status, int]]:
    """Without derived evaluations, which would count a rollout twice."""
    query = (
        select(EvaluationRow.run, EvaluationRow.status, func.count())
        .where(EvaluationRow.run.in_(names), EvaluationRow.derived_from.is_(None))
        .group_by(EvaluationRow.run, EvaluationRow.status)
    )
    found: dict[str, dict[Status, int]] = {name: {} for name in names}
    for name, status, number in session.execute(query):
        found[name][Status(status)] = number
    return found
