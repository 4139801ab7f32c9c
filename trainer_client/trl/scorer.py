"""What stands behind the reward functions of one training: one evaluation a rollout, however many functions ask."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from dataclasses import dataclass, field

from trainer_client.trl.batch import Batch, places, step_of, whole_groups
from trainer_client.trl.errors import TooManyNulls
from trainer_client.trl.metrics import metrics, table
from trainer_client.trl.rollouts import rollouts_of
from trainer_client.trl.rows import Row, null_share, nulls, reasons, without_thin_groups
from trainer_client.trl.scoring import Scoring
from trainer_client.trl.settings import Settings

log = logging.getLogger("trainer_client.trl")

REMEMBERED = 2
"""Batches kept for functions that have not asked yet; those of one batch ask in one moment."""


@dataclass(slots=True)
class _Shared:
    """One batch's evaluation, and who has asked for it: a function that asks again means a new batch."""

    batch: Batch
    task: asyncio.Task[list[Row]]
    askers: set[str]

    def meant_by(self, batch: Batch, asker: str) -> bool:
        same = asker not in self.askers and self.batch.trainer == batch.trainer and self.batch.step == batch.step
        return same and self.batch.completions == batch.completions and self.batch.prompts == batch.prompts


@dataclass(slots=True)
class Stop:
    """The wish to end the training. ``heeded``: somebody looks at it between steps (`stop_callback`)."""

    heeded: bool = False
    wished: bool = False


@dataclass
class Scorer:
    """Can be pickled into another process; what it has under way stays behind."""

    settings: Settings
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        self._scoring = Scoring(self.settings)
        self._shared: deque[_Shared] = deque(maxlen=REMEMBERED)
        self._seen: tuple[tuple[int | None, bool], int] = ((None, False), 0)

    def __reduce__(self) -> tuple[type[Scorer], tuple[Settings]]:
        return (Scorer, (self.settings,))

    async def rows(self, batch: Batch, asker: str) -> list[Row]:
        """The batch's rows; the first of several askers has it evaluated.

        Raises:
            HeuristicJudge, TooManyNulls, Refused, BadAnswer, TransportError, InvalidRollout: see `Scoring.rows`.
        """
        for shared in self._shared:
            if shared.meant_by(batch, asker):
                shared.askers.add(asker)
                return await shared.task
        task = asyncio.ensure_future(self._evaluate(batch, self._rows_before(batch)))
        self._shared.append(_Shared(batch, task, {asker}))
        return await task

    def _rows_before(self, batch: Batch) -> int:
        """Rows of all ranks that the step had before this batch; since ever, where the trainer tells no step."""
        of = (batch.step, batch.trainer.evaluating)
        before = self._seen[1] if self._seen[0] == of else 0
        self._seen = (of, before + len(batch) * batch.trainer.ranks)
        return before

    async def _evaluate(self, batch: Batch, before: int) -> list[Row]:
        settings, began = self.settings, time.monotonic()
        found = places(batch, before)
        rollouts = rollouts_of(settings, batch, found, step_of(batch, before, settings.groups_per_step))
        run = f"{settings.run}.eval" if batch.trainer.evaluating else settings.run
        deadline, longer = self._patience(batch)
        rows = await self._scoring.rows(rollouts, run=run, deadline=deadline, longer=longer)
        rows = without_thin_groups(rows, whole_groups(batch, found), settings.min_group_share)
        self._tell(batch, rows, time.monotonic() - began)
        self._heed_nulls(rows)
        return rows

    def _patience(self, batch: Batch) -> tuple[float, float]:
        """Seconds for the call, and seconds to go on where too many rewards are missing."""
        settings = self.settings
        if batch.narrow:
            return min(settings.deadline, settings.narrow_deadline), 0.0
        return settings.deadline, settings.null_wait if "wait" in settings.on_nulls else 0.0

    def _tell(self, batch: Batch, rows: list[Row], seconds: float) -> None:
        if batch.log_metric is not None:
            for name, values in metrics(rows, self.settings.components, seconds).items():
                for value in values:
                    batch.log_metric(name, value)
        if batch.log_extra is not None:
            for column, cells in table(rows, self.settings.components, self.settings.url).items():
                batch.log_extra(column, list(cells))

    def _heed_nulls(self, rows: list[Row]) -> None:
        if null_share(rows) <= self.settings.max_null_share:
            return
        missing = TooManyNulls(len(nulls(rows)), len(rows), reasons(rows))
        log.warning("%s", missing)
        if "stop" not in self.settings.on_nulls:
            return
        if not self.stop.heeded:
            raise missing
        self.stop.wished = True
