"""From rows to the contract's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.contract import Evaluation, JudgeInfo, ProfileRef, StageReport, Status
from services.rewards.profile import Profile
from services.stages import ORDER, Stage
from services.stores.models import EvaluationRow, ProfileDocumentRow, ReportRow

_CHUNK = 500


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def load_reports(session: Session, ids: Sequence[str]) -> dict[str, dict[Stage, StageReport]]:
    """Evaluation id -> its reports, in the order of the stages."""
    found: dict[str, dict[Stage, StageReport]] = {evaluation_id: {} for evaluation_id in ids}
    for start in range(0, len(ids), _CHUNK):
        query = select(ReportRow).where(ReportRow.evaluation_id.in_(ids[start : start + _CHUNK]))
        for row in session.scalars(query):
            found[row.evaluation_id][Stage(row.stage)] = StageReport.model_validate(row.body)
    return {key: {s: reports[s] for s in ORDER if s in reports} for key, reports in found.items()}


def load_profiles(session: Session, hashes: Iterable[str]) -> dict[str, Profile]:
    """Profile hash -> the document."""
    query = select(ProfileDocumentRow).where(ProfileDocumentRow.hash.in_(set(hashes)))
    return {row.hash: Profile.model_validate(row.body) for row in session.scalars(query)}


def load_evaluations(session: Session, rows: Sequence[EvaluationRow], *, brief: bool = False) -> list[Evaluation]:
    """Evaluations of these rows, in their order; where ``brief``, with the reports of those alone that have ended."""
    reports = load_reports(session, [row.id for row in rows if not brief or Status(row.status).ended])
    profiles = load_profiles(session, {row.profile_hash for row in rows})
    return [to_evaluation(row, reports.get(row.id, {}), profiles[row.profile_hash].ref) for row in rows]


def to_evaluation(row: EvaluationRow, reports: Mapping[Stage, StageReport], profile: ProfileRef) -> Evaluation:
    return Evaluation(
        id=row.id,
        run=row.run,
        rollout_id=row.rollout_id,
        step=row.step,
        group=row.group,
        sample=row.sample,
        truncated=row.truncated,
        status=Status(row.status),
        stage=Stage(row.stage),
        reward=row.reward,
        band=row.band,
        components=row.components,
        rewards_by_profile=row.rewards_by_profile,
        reports=list(reports.values()),
        judge=_judge(reports.get(Stage.JUDGE)),
        unscored_reason=row.unscored_reason,
        unscored_detail=row.unscored_detail,
        profile=profile,
        versions=row.versions,
        source_hash=row.source_hash,
        shot_hash=row.shot_hash,
        reused=[stage for stage, report in reports.items() if report.reused],
        derived_from=row.derived_from,
        queue_seconds=round(row.queue_seconds, 3),
        work_seconds=round(row.work_seconds, 3),
        metadata=row.extra,
        created_at=moment(row.created_at),
        ended_at=None if row.ended_at is None else moment(row.ended_at),
    )


def _judge(report: StageReport | None) -> JudgeInfo | None:
    if report is None or "kind" not in report.facts:
        return None
    facts = report.facts
    return JudgeInfo(
        kind=facts["kind"],
        model=facts["model"],
        samples=len(facts.get("samples", [])),
        spread=facts.get("spread"),
        reused=report.reused,
        spending=facts.get("spending"),
    )
