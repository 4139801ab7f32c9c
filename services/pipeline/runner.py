"""How a worker does one stage of one evaluation: enter the room, claim, work under a heartbeat, report."""

from __future__ import annotations

import contextvars
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from services.contract import StageReport
from services.contract.clean import clean
from services.errors import InfrastructureError, RecordError, VersionMismatch, boundary
from services.pipeline import claims
from services.pipeline.desk import Desk
from services.pipeline.memo import VERSIONS_THAT_MATTER
from services.pipeline.room import default_folder, entered
from services.pipeline.versions import JUDGE
from services.pipeline.work import StageJob, StageResult, StageWork
from services.stages import HEARTBEAT_SECONDS, POLICIES, Stage
from services.stores.blobs import BlobStore
from services.stores.models import EvaluationRow
from services.telemetry.stages import outcome_of, stage_begun, stage_ended, stage_failed
from services.telemetry.traces import span

WRITE_RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Runner:
    """What a worker process needs to run stages.

    Attributes:
        versions: this worker's own, compared with those that an evaluation is pinned to.
        offered: versions of judges besides, which its work serves where an evaluation is pinned to one.
        room: folder of the locks that let a job run alone on this machine.
    """

    desk: Desk
    blobs: BlobStore
    versions: Mapping[str, str]
    room: Path = field(default_factory=default_folder)
    offered: Collection[str] = ()

    def run(self, stage: Stage, evaluation_id: str, work: StageWork) -> None:
        """Do one delivered message's work, if there is any to do.

        Raises:
            RecordError: the records did not answer. The message is spent; the reaper sends it again.
        """
        alone = self._wants_alone(evaluation_id)
        with entered(self.room, stage, alone=alone):
            claim = self._claim(stage, evaluation_id, alone=alone)
            if claim is not None:
                stage_begun(stage, claim.waited)
                with _told(claim):
                    self._work(claim, work)

    def _wants_alone(self, evaluation_id: str) -> bool:
        with self.desk.records.read() as session:
            row = session.get(EvaluationRow, evaluation_id)
            return row is not None and row.alone

    def _claim(self, stage: Stage, evaluation_id: str, *, alone: bool) -> claims.Claim | None:
        worker = f"{socket.gethostname()}:{os.getpid()}"
        with self.desk.transaction() as (session, effects, now):
            return claims.claim(session, evaluation_id, stage, worker, now, effects, alone=alone)

    def _work(self, claim: claims.Claim, work: StageWork) -> None:
        started = time.monotonic()
        with self._heartbeat(claim):
            outcome = self._outcome(claim, work)
            seconds = time.monotonic() - started
            self._until_written(claim, lambda: self._settle(claim, outcome, seconds))

    def _outcome(self, claim: claims.Claim, work: StageWork) -> StageResult | InfrastructureError:
        try:
            self._check_versions(claim)
            return work(self._job(claim))
        except Exception as error:
            named = boundary(error)
            traceback = error if named is not error else None
            log.warning("%s failed on %s: %s", claim.stage, claim.evaluation_id, named, exc_info=traceback)
            return named

    def _until_written(self, claim: claims.Claim, write: Callable[[], None]) -> None:
        """Write while the claim is still renewed: an outcome that is not written looks like a killed worker.

        Raises:
            RecordError: the records did not answer for all this time.
        """
        for delay in WRITE_RETRY_SECONDS:
            try:
                return write()
            except RecordError as error:
                log.warning("an outcome of %s could not be written yet: %s", claim.evaluation_id, error)
                time.sleep(delay)
            except Exception as error:
                log.exception("an outcome of %s cannot be written", claim.evaluation_id)
                failed = boundary(error)
                return self._settle(claim, failed, 0.0)
        return write()

    def _settle(self, claim: claims.Claim, outcome: StageResult | InfrastructureError, seconds: float) -> None:
        if isinstance(outcome, InfrastructureError):
            self._fail(claim, outcome)
        else:
            self._report(claim, outcome, seconds)

    def _report(self, claim: claims.Claim, result: StageResult, seconds: float) -> None:
        found = _to_report(claim.stage, result, seconds)
        with self.desk.transaction() as (session, effects, now):
            if result.contended and not claim.alone:
                claims.repeat_alone(session, claim, now, effects)
            else:
                claims.report(session, claim, found, now, effects, definite=not result.contended)
        stage_ended(found, contended=result.contended)
        how = outcome_of(found, contended=result.contended)
        log.info("stage ended", extra={"outcome": how, "seconds": found.seconds, "limit_hit": found.limit_hit})

    def _fail(self, claim: claims.Claim, error: InfrastructureError) -> None:
        with self.desk.transaction() as (session, effects, now):
            claims.fail(session, claim, error, now, effects)
        stage_failed(claim.stage, error.reason)
        log.info("stage ended", extra={"outcome": error.reason})

    def _job(self, claim: claims.Claim) -> StageJob:
        return StageJob(
            evaluation_id=claim.evaluation_id,
            stage=claim.stage,
            instruction=claim.instruction,
            completion=self.blobs.get(claim.completion).decode("utf-8"),
            truncated=claim.truncated,
            profile=claim.profile,
            reports=claim.reports,
            alone=claim.alone,
            blobs=self.blobs,
            run=claim.run,
            versions=claim.versions,
            asked=claim.asked,
        )

    def _check_versions(self, claim: claims.Claim) -> None:
        for name in VERSIONS_THAT_MATTER[claim.stage]:
            pinned, ours = claim.versions.get(name), self.versions.get(name)
            if pinned != ours and not (name == JUDGE and pinned in self.offered):
                raise VersionMismatch(f"the evaluation is pinned to {name} {pinned}, this worker has {ours}")

    @contextmanager
    def _heartbeat(self, claim: claims.Claim) -> Iterator[None]:
        """Renew the lease beside the work, and end this process where the work passes the stage's hard limit.

        The limit is counted from the claim: time spent waiting for the room is not the job's.
        """
        done = threading.Event()
        logged_as_here = contextvars.copy_context().run
        beat = threading.Thread(target=logged_as_here, args=(self._renew_until, claim, done), daemon=True)
        limit = threading.Timer(POLICIES[claim.stage].hard_limit, os.kill, (os.getpid(), signal.SIGKILL))
        limit.daemon = True
        beat.start()
        limit.start()
        try:
            yield
        finally:
            limit.cancel()
            done.set()
            beat.join()

    def _renew_until(self, claim: claims.Claim, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            try:
                with self.desk.records.write() as session:
                    if not claims.renew(session, claim, self.desk.clock()):
                        return
            except InfrastructureError as error:
                log.warning("a heartbeat was lost: %s", error)


@contextmanager
def _told(claim: claims.Claim) -> Iterator[None]:
    """Whatever is logged meanwhile says of what, and belongs to the trace of the request that submitted it."""
    about = {"evaluation_id": claim.evaluation_id, "request_id": claim.request_id}
    where = {"stage": claim.stage.value, "attempt": claim.attempt}
    with span(claim.stage.value, claim.traceparent), structlog.contextvars.bound_contextvars(**about, **where):
        yield


def _to_report(stage: Stage, result: StageResult, seconds: float) -> StageReport:
    """What candidates wrote is in the facts: cleaned of what no database can hold, as findings are by themselves."""
    return StageReport(
        stage=stage,
        passed=result.passed,
        findings=list(result.findings),
        facts=clean(result.facts),
        artifacts=result.artifacts,
        seconds=round(seconds, 3),
        limit_hit=result.limit_hit,
    )
