"""A batch to the service and back, with patience."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from services.contract import Evaluation
from trainer_client.async_client import AsyncRewardClient
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.scores import Progress
from trainer_client.trl.errors import HeuristicJudge
from trainer_client.trl.rows import LASTING, Row, heuristic_judge, null_share, nulls, reasons, rows_of
from trainer_client.trl.settings import Settings

log = logging.getLogger("trainer_client.trl")


class Scoring:
    """The client's calls, batch after batch, in one training's name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = settings.limits or ClientLimits()
        # One for all calls: it remembers that the address is right, and what a proxy says later is a passing fault.
        self._client = AsyncRewardClient(settings.url, settings.api_key, limits=self._limits)
        self._judge_known = settings.allow_heuristic

    async def rows(
        self, rollouts: Sequence[Mapping[str, Any]], *, run: str, deadline: float, longer: float
    ) -> list[Row]:
        """One row a rollout; what has no reward after ``deadline`` seconds has none. Where too many have none, it goes
        on for up to ``longer`` seconds.

        Raises:
            HeuristicJudge: see there.
            Refused, BadAnswer, TransportError, InvalidRollout: this call will not become right by waiting.
        """
        sent = [{**rollout, "id": uuid4().hex} for rollout in rollouts]
        async with self._client:
            found = await self._score(sent, run, Deadline.after(deadline))
            if longer:
                found = await self._go_on(sent, found, run, Deadline.after(longer))
        return found

    async def _score(self, sent: Sequence[Mapping[str, Any]], run: str, deadline: Deadline) -> list[Row]:
        settings = self._settings
        scores = await self._client.score(
            sent,
            run=run,
            profile=settings.profile,
            accept_versions=settings.accept_versions,
            deadline=deadline.remaining,
            progress=self._progress(),
        )
        self._check(scores.evaluations)
        if scores.fault:
            log.warning("%s", scores.fault)
        self._judge_known |= any(scores.evaluations)
        return rows_of(scores)

    async def _go_on(self, sent: list[dict[str, Any]], rows: list[Row], run: str, deadline: Deadline) -> list[Row]:
        """Wait for what is unfinished and send again what is unscored, until few enough are left or time is up."""
        while null_share(rows) > self._settings.max_null_share and deadline.remaining > self._limits.max_delay:
            left = [index for index in nulls(rows) if rows[index].reason not in LASTING]
            if not left:
                break
            log.warning("no reward for %d of %d rollouts (%s)", len(nulls(rows)), len(rows), reasons(rows))
            await asyncio.sleep(self._limits.max_delay)
            for index in left:
                if _ended(rows[index]):  # under its id it would stay as it is
                    sent[index]["id"] = uuid4().hex
            found = await self._score([sent[index] for index in left], run, deadline)
            for index, row in zip(left, found, strict=True):
                rows[index] = row
        return rows

    def _progress(self) -> Progress | None:
        """Watching costs a query a second: only until the judge is known, or where the caller asked for it."""
        asked = self._settings.progress
        if self._judge_known:
            return asked

        def watch(evaluations: Sequence[Evaluation | None]) -> None:
            self._check(evaluations)
            if asked:
                asked(evaluations)

        return watch

    def _check(self, evaluations: Sequence[Evaluation | None]) -> None:
        judge = None if self._settings.allow_heuristic else heuristic_judge(evaluations)
        if judge is not None:
            raise HeuristicJudge(judge)


def _ended(row: Row) -> bool:
    return row.evaluation is not None and row.evaluation.status.ended
