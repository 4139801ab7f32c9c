"""Rejudging: a new evaluation over the old one's screenshots. The old one never changes."""

from __future__ import annotations

import re

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.contract import StageReport
from services.errors import Conflict, NotFound
from services.pipeline import versions as component_versions
from services.pipeline.effects import Effects
from services.pipeline.ids import new_id
from services.pipeline.route import advance, write_report
from services.pipeline.submit import blank
from services.pipeline.view import load_profiles, load_reports
from services.stages import Stage
from services.stores.models import EvaluationRow, RunRow

_COPIED = (
    "run",
    "body_hash",
    "instruction",
    "completion",
    "step",
    "group",
    "sample",
    "truncated",
    "extra",
    "profile_hash",
)


def rejudge(
    session: Session, evaluation_id: str, rollout_id: str | None, request_id: str, now: float, effects: Effects
) -> str:
    """Begin a derived evaluation at the judge; return its id.

    Raises:
        NotFound: no such evaluation.
        Conflict: it has no screenshots, or the rollout id is used.
    """
    old = session.get(EvaluationRow, evaluation_id)
    if old is None:
        raise NotFound(f"no evaluation has the id {evaluation_id!r}")
    session.get(RunRow, old.run, with_for_update=True)  # two calls with one rollout id must not both find it free
    reports = load_reports(session, [old.id])[old.id]
    if not has_shots(reports.get(Stage.RENDER)):
        raise Conflict(f"evaluation {evaluation_id} has no screenshots to judge: it ended or stands at {old.stage}")
    row = _derived(session, old, rollout_id, request_id, now)
    profile = load_profiles(session, [row.profile_hash])[row.profile_hash]
    for stage in (Stage.LINT, Stage.RESOLVE, Stage.BUILD, Stage.RENDER):
        write_report(session, row, profile, reports[stage].model_copy(update={"reused": True}), now)
    session.flush()
    advance(session, row, now, effects)
    return row.id


def has_shots(report: StageReport | None) -> bool:
    return report is not None and any(name.endswith(".png") for name in report.artifacts)


def _kind(judge: str | None) -> str:
    """``vlm``, ``heuristic`` or ``scripted``: the first word of a judge's version."""
    return re.split(r"[:-]", judge or "", maxsplit=1)[0]


def _derived(
    session: Session, old: EvaluationRow, rollout_id: str | None, request_id: str, now: float
) -> EvaluationRow:
    evaluation_id = new_id(now)
    name = rollout_id or evaluation_id
    taken = select(func.count()).where(EvaluationRow.run == old.run, EvaluationRow.rollout_id == name)
    if session.scalar(taken):
        raise Conflict(f"rollout id {name!r} of run {old.run!r} is used already: send a new one, or none")
    judge = component_versions.announced(session).get("judge", old.versions.get("judge"))
    if _kind(judge) != _kind(old.versions.get("judge")):
        raise Conflict(f"verdict kinds never mix in a run: {old.run!r} was judged by {old.versions.get('judge')}")
    copied = {column: getattr(old, column) for column in _COPIED}
    row = EvaluationRow(
        id=evaluation_id,
        rollout_id=name,
        request_id=request_id,
        derived_from=old.id,
        versions={**old.versions, "judge": judge},
        **copied,
        **blank(now),
    )
    session.add(row)
    session.flush()
    return row
