"""The pipeline as the gateway calls it. Synchronous, safe for threads."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.contract import (
    Artifact,
    Evaluation,
    EvaluationPage,
    RejudgeRequest,
    Rollout,
    RunPage,
    RunStatistics,
    Status,
    StepPage,
    Submission,
)
from services.errors import BrokerError, InfrastructureError, NotFound
from services.pipeline import listing, profiles, submit, versions
from services.pipeline.claims import lock_row
from services.pipeline.desk import Desk
from services.pipeline.gauges import StageGauge, stage_gauges
from services.pipeline.rejudge import rejudge
from services.pipeline.route import end, release
from services.pipeline.view import load_evaluations, load_profiles, load_reports
from services.rewards.profile import Profile
from services.settings import JudgeCosts
from services.stages import Stage
from services.stores.blobs import BlobStore
from services.stores.keys import KeyInfo, verify_key
from services.stores.ledger import Entry, by_model
from services.stores.models import EvaluationRow
from services.telemetry import traces

NO_COSTS = JudgeCosts()
"""No prices and no budget: what tools read records with."""

_CHUNK = 500

log = logging.getLogger(__name__)


class Pipeline:
    """Everything that a caller can ask for. Errors: `CallerError` for the caller, `InfrastructureError` for us."""

    def __init__(self, desk: Desk, blobs: BlobStore, costs: JudgeCosts = NO_COSTS) -> None:
        self._desk = desk
        self._blobs = blobs
        self._costs = costs

    def submit(self, submission: Submission, *, max_queued: int, request_id: str) -> list[Evaluation]:
        """Record a batch and set it going; see `services.pipeline.submit.take`.

        A broker that is away changes nothing for the caller: the record is there, the reaper sends it.
        """
        texts = [rollout.completion_text().encode("utf-8") for rollout in submission.rollouts]
        blobs = {index: self._blobs.put(text) for index, text in enumerate(texts)}
        with self._desk.transaction() as (session, _, now):
            taken = submit.take(
                session,
                submission,
                blobs,
                max_queued=max_queued,
                request_id=request_id,
                now=now,
                traceparent=traces.current(),
            )
        log.info("submitted %d rollouts, %d of them new, to run %s", len(taken.ids), len(taken.fresh), submission.run)
        for evaluation_id in taken.fresh:
            with structlog.contextvars.bound_contextvars(evaluation_id=evaluation_id):
                self._desk.start(evaluation_id)
        return self.get(taken.ids)

    def get(self, ids: Sequence[str], *, brief: bool = False) -> list[Evaluation]:
        """Evaluations in the order asked; where ``brief``, those that have not ended come without their reports.

        Raises:
            NotFound: naming the ids that are unknown.
        """
        with self._desk.records.read() as session:
            rows = _rows(session, ids)
            unknown = sorted(set(ids) - set(rows))
            if unknown:
                raise NotFound(f"no evaluation has the id {', '.join(unknown[:10])}")
            found = load_evaluations(session, list(rows.values()), brief=brief)
        by_id = {evaluation.id: evaluation for evaluation in found}
        return [by_id[evaluation_id] for evaluation_id in ids]

    def rollout(self, evaluation_id: str) -> Rollout:
        """What was sent, its completion as one text.

        Raises:
            NotFound: no such evaluation.
        """
        with self._desk.records.read() as session:
            blob, sent = listing.sent(session, evaluation_id)
        return sent.model_copy(update={"completion": self._blobs.get(blob).decode("utf-8")})

    def unfinished(self, ids: Sequence[str]) -> list[str]:
        """Those of the ids that have not ended, in the order asked."""
        running: set[str] = set()
        with self._desk.records.read() as session:
            for start in range(0, len(ids), _CHUNK):
                wanted = EvaluationRow.id.in_(ids[start : start + _CHUNK])
                query = select(EvaluationRow.id).where(wanted, EvaluationRow.status.in_(submit.UNFINISHED))
                running |= set(session.scalars(query))
        return [evaluation_id for evaluation_id in ids if evaluation_id in running]

    def artifact(self, evaluation_id: str, name: str) -> tuple[Artifact, bytes]:
        """An artifact and its content; the newest stage's where two stages use one name, and of what a stage left that
        failed through our own fault, what no report has.

        Raises:
            NotFound: no such evaluation or artifact.
        """
        with self._desk.records.read() as session:
            row = session.get(EvaluationRow, evaluation_id)
            if row is None:
                raise NotFound(f"no evaluation has the id {evaluation_id!r}")
            left = {key: Artifact.model_validate(kept) for key, kept in (row.left_behind or {}).items()}
            reports = load_reports(session, [evaluation_id])[evaluation_id]
        artifacts = left | {key: artifact for report in reports.values() for key, artifact in report.artifacts.items()}
        if name not in artifacts:
            raise NotFound(f"no artifact {name!r}; there are: {', '.join(sorted(artifacts)) or 'none yet'}")
        return artifacts[name], self._blobs.get(artifacts[name].blob)

    def runs(self, cursor: str | None, limit: int) -> RunPage:
        with self._desk.records.read() as session:
            return listing.runs(session, cursor, limit)

    def run(self, name: str) -> RunStatistics:
        with self._desk.records.read() as session:
            return listing.run(session, name, self._costs)

    def steps(self, run: str, cursor: str | None, limit: int, *, step: int | None = None) -> StepPage:
        with self._desk.records.read() as session:
            return listing.steps(session, run, cursor, limit, step)

    def evaluations(
        self,
        run: str,
        *,
        cursor: str | None,
        limit: int,
        step: int | None = None,
        group: str | None = None,
        status: Status | None = None,
        derived: bool | None = None,
    ) -> EvaluationPage:
        with self._desk.records.read() as session:
            return listing.evaluations(
                session, run, cursor=cursor, limit=limit, step=step, group=group, status=status, derived=derived
            )

    def cancel(self, run: str) -> int:
        """Cancel what has not ended; return how many that were. Work that others wait for goes to one of them.

        Each in a transaction of its own, those that only wait first: a long one would hold up the heartbeats.
        """
        with self._desk.transaction() as (session, _, now):
            listing.require_run(session, run).cancelled_at = now
            unfinished = EvaluationRow.status.in_(submit.UNFINISHED)
            query = select(EvaluationRow.id).where(EvaluationRow.run == run, unfinished)
            ids = list(session.scalars(query.order_by(EvaluationRow.parked_on.is_(None), EvaluationRow.id)))
        return sum(self._cancel(evaluation_id) for evaluation_id in ids)

    def _cancel(self, evaluation_id: str) -> bool:
        with self._desk.transaction() as (session, effects, now):
            row = lock_row(session, evaluation_id)
            if row is None or Status(row.status).ended:
                return False
            release(session, row, effects)
            end(row, Status.CANCELLED, now, effects)
            return True

    def rejudge(self, evaluation_id: str, wanted: RejudgeRequest, *, max_queued: int, request_id: str) -> Evaluation:
        """Judge stored screenshots anew; see `services.pipeline.rejudge.rejudge`."""
        with self._desk.transaction() as (session, effects, now):
            derived = rejudge(
                session,
                evaluation_id,
                wanted,
                max_queued=max_queued,
                request_id=request_id,
                now=now,
                effects=effects,
                traceparent=traces.current(),
            )
        return self.get([derived])[0]

    def profiles(self) -> list[Profile]:
        with self._desk.records.read() as session:
            return profiles.all_profiles(session)

    def profile(self, name: str) -> Profile:
        """A profile by its name, or any document that was ever used by its hash.

        Raises:
            NotFound: there is neither.
        """
        with self._desk.records.read() as session:
            used = load_profiles(session, [name])
        found = {profile.name: profile for profile in self.profiles()} | used
        if name not in found:
            raise NotFound(f"no profile is called {name!r}; there are: {', '.join(sorted(found))}")
        return found[name]

    def put_profile(self, profile: Profile) -> Profile:
        with self._desk.transaction() as (session, _, now):
            profiles.put_profile(session, profile, now)
        return profile

    def verify_key(self, secret: str) -> KeyInfo | None:
        return verify_key(self._desk.records, secret)

    def ready(self) -> list[str]:
        """What keeps the service from taking and scoring rollouts; empty when nothing does."""
        problems = []
        try:
            with self._desk.records.read() as session:
                absent = versions.missing(versions.announced(session))
            problems += [f"no worker has announced its version yet for: {', '.join(absent)}"] if absent else []
        except InfrastructureError as error:
            problems.append(str(error))
        try:
            self._desk.broker.ping()
        except BrokerError as error:
            problems.append(str(error))
        return problems

    def ledger(self) -> list[Entry]:
        """What judging cost in all runs together, by model and currency."""
        with self._desk.records.read() as session:
            return by_model(session)

    def gauges(self) -> dict[Stage, StageGauge]:
        """Waiting and running work by stage, from the records."""
        with self._desk.records.read() as session:
            return stage_gauges(session, self._desk.clock())

    def reachable(self) -> dict[str, bool]:
        """Whether the records and the broker answer."""
        return {"records": _answers(self._ping_records), "broker": _answers(self._desk.broker.ping)}

    def _ping_records(self) -> None:
        with self._desk.records.read() as session:
            session.execute(select(1))


def _answers(ask: Callable[[], None]) -> bool:
    try:
        ask()
    except InfrastructureError:
        return False
    return True


def _rows(session: Session, ids: Sequence[str]) -> dict[str, EvaluationRow]:
    rows: dict[str, EvaluationRow] = {}
    for start in range(0, len(ids), _CHUNK):
        query = select(EvaluationRow).where(EvaluationRow.id.in_(ids[start : start + _CHUNK]))
        rows |= {row.id: row for row in session.scalars(query)}
    return rows
