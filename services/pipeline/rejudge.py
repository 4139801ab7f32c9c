"""Rejudging: a new evaluation over the old one's screenshots. The old one never changes."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.contract import RejudgeRequest, StageReport
from services.errors import Conflict, NotFound
from services.pipeline import versions as component_versions
from services.pipeline.effects import Effects
from services.pipeline.ids import new_id
from services.pipeline.route import advance, write_report
from services.pipeline.submit import blank, check_room
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
    session: Session,
    evaluation_id: str,
    wanted: RejudgeRequest,
    *,
    max_queued: int,
    request_id: str,
    now: float,
    effects: Effects,
    traceparent: str | None = None,
) -> str:
    """Begin a derived evaluation at the judge; return its id. The same call again under its rollout id gets the same
    evaluation.

    Raises:
        NotFound: no such evaluation.
        Conflict: it has no screenshots, the rollout id is used for something else, or the judge is of another kind.
        Unprocessable: the wanted judge is not on offer.
        QueueFull: ``max_queued`` evaluations have not ended.
    """
    old = session.get(EvaluationRow, evaluation_id)
    if old is None:
        raise NotFound(f"no evaluation has the id {evaluation_id!r}")
    session.get(RunRow, old.run, with_for_update=True)  # two calls with one rollout id must not both find it free
    known = _known(session, old, wanted)
    if known is not None:
        return known.id
    reports = load_reports(session, [old.id])[old.id]
    if not has_shots(reports.get(Stage.RENDER)):
        raise Conflict(f"evaluation {evaluation_id} has no screenshots to judge: it ended or stands at {old.stage}")
    judge = _judge(session, old, wanted)
    check_room(session, 1, max_queued)
    row = _derived(session, old, wanted, judge, request_id, now)
    row.traceparent = traceparent
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


def _known(session: Session, old: EvaluationRow, wanted: RejudgeRequest) -> EvaluationRow | None:
    """The evaluation that the same call made before."""
    query = select(EvaluationRow).where(EvaluationRow.run == old.run, EvaluationRow.rollout_id == wanted.rollout_id)
    row = session.scalars(query).one_or_none()
    if row is not None and (row.derived_from != old.id or (row.asked or {}) != wanted.asked()):
        raise Conflict(f"rollout id {wanted.rollout_id!r} of run {old.run!r} is used already: send a new one, or none")
    return row


def _judge(session: Session, old: EvaluationRow, wanted: RejudgeRequest) -> str | None:
    """The version of the judge to ask."""
    ran = old.versions.get("judge")
    judge = component_versions.asked_judge(session, wanted.model, wanted.prompt) or ran
    if _kind(judge) != _kind(ran):
        raise Conflict(f"verdict kinds never mix in a run: {old.run!r} was judged by {ran}")
    return judge


def _derived(
    session: Session, old: EvaluationRow, wanted: RejudgeRequest, judge: str | None, request_id: str, now: float
) -> EvaluationRow:
    evaluation_id = new_id(now)
    copied = {column: getattr(old, column) for column in _COPIED}
    row = EvaluationRow(
        id=evaluation_id,
        rollout_id=wanted.rollout_id or evaluation_id,
        request_id=request_id,
        derived_from=old.id,
        asked=wanted.asked() or None,
        versions={**old.versions, "judge": judge},
        **copied,
        **blank(now),
    )
    session.add(row)
    session.flush()
    return row
