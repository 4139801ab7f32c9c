"""The embedded stack as tests drive it: real Redis, npm, sandbox and browser, in a folder of the test's own."""

from __future__ import annotations

import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from reward_api.embedded import EmbeddedStack
from services.contract import Status
from services.stages import Stage
from services.stores.models import EvaluationRow, ReportRow
from services.stores.records import Records
from trainer_client import RewardClient

PATIENCE = 240.0
LOOK_SECONDS = 0.01


@contextmanager
def running(
    folder: Path | None = None, *, judge: str = "heuristic", environment: Mapping[str, str] | None = None
) -> Iterator[EmbeddedStack]:
    """A stack that is ready; in a new temporary folder where none is given."""
    quick = {"WEBGEN_INTERVAL": "1", **(environment or {})}
    with (
        tempfile.TemporaryDirectory(prefix="wg-", ignore_cleanup_errors=True) as fresh,
        EmbeddedStack(folder or Path(fresh), judge=judge, environment=quick) as stack,
    ):
        yield stack


def client(stack: EmbeddedStack) -> RewardClient:
    return RewardClient(stack.url)


def wait_until(condition: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Poll a condition that another process brings about.

    Raises:
        AssertionError: it did not come true within the patience, in seconds.
    """
    until = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < until, f"not within {patience:g} s: {what}"
        time.sleep(LOOK_SECONDS)


class RecordsView:
    """The stack's records, read beside it."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self._records = Records(f"sqlite:///{stack.data_dir / 'records.db'}")

    def __enter__(self) -> RecordsView:
        return self

    def __exit__(self, *_: object) -> None:
        self._records.close()

    def holder(self, stage: Stage, evaluation_id: str | None = None) -> tuple[str, int] | None:
        """(evaluation id, process id of the pool process) of a claim at a stage that is held right now."""
        query = select(EvaluationRow.id, EvaluationRow.worker).where(
            EvaluationRow.status == Status.RUNNING.value, EvaluationRow.stage == stage.value
        )
        if evaluation_id is not None:
            query = query.where(EvaluationRow.id == evaluation_id)
        with self._records.read() as session:
            found = session.execute(query).first()
        return None if found is None else (found[0], int(found[1].rsplit(":", 1)[1]))

    def kill_holder(self, stage: Stage, evaluation_id: str | None = None) -> str | None:
        """SIGKILL the pool process that holds a claim at a stage; the evaluation's id, None where nobody does."""
        held = self.holder(stage, evaluation_id)
        if held is None:
            return None
        try:
            os.kill(held[1], signal.SIGKILL)
        except ProcessLookupError:
            return None
        return held[0]

    def losses(self) -> dict[str, dict[str, int]]:
        """Evaluation id -> stage -> claims lost, where any were."""
        with self._records.read() as session:
            rows = session.execute(select(EvaluationRow.id, EvaluationRow.losses)).all()
        return {evaluation_id: losses for evaluation_id, losses in rows if losses}

    def reports_written(self) -> int:
        with self._records.read() as session:
            return len(list(session.scalars(select(ReportRow.stage))))
