"""A batch to the service and back, with patience."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from services.contract import Evaluation
from trainer_client.async_client import AsyncRewardClient
from trainer_client.errors import BadAnswer, DeadlineExceeded, NotFound, ServiceFault
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.scores import Progress
from trainer_client.trl.errors import HeuristicJudge
from trainer_client.trl.rows import LASTING, Row, heuristic_judge, null_share, nulls, reasons, rows_of
from trainer_client.trl.settings import Settings

log = logging.getLogger("trainer_client.trl")

PASSING = (ServiceFault, BadAnswer, DeadlineExceeded, NotFound)
"""The service's own trouble, which goes away: never a reason to end a training."""


class Scoring:
    """The client's calls for one batch. What is sent again goes under its id, so that nothing is done twice."""

    def __init__(self, settings: Settings, run: str, *, watch_judge: bool) -> None:
        self._settings = settings
        self._run = run
        self._limits = settings.limits or ClientLimits()
        self._watch_judge = watch_judge and not settings.allow_heuristic

    async def rows(self, rollouts: Sequence[Mapping[str, Any]], deadline: float, longer: float) -> list[Row]:
        """One row a rollout; what has no reward after ``deadline`` seconds has none. Where too many have none, it goes
        on for up to ``longer`` seconds.

        Raises:
            HeuristicJudge: see there.
            Refused, TransportError, InvalidRollout: this call will not become right by waiting.
        """
        sent = [{**rollout, "id": uuid4().hex} for rollout in rollouts]
        async with AsyncRewardClient(self._settings.url, self._settings.api_key, limits=self._limits) as client:
            found = await self._score(client, sent, Deadline.after(deadline))
            if longer and null_share(found) > self._settings.max_null_share:
                found = await self._go_on(client, sent, found, Deadline.after(longer))
        return found

    async def _score(
        self, client: AsyncRewardClient, sent: Sequence[Mapping[str, Any]], deadline: Deadline
    ) -> list[Row]:
        settings = self._settings
        while True:
            try:
                scores = await client.score(
                    sent,
                    run=self._run,
                    profile=settings.profile,
                    accept_versions=settings.accept_versions,
                    deadline=deadline.remaining,
                    progress=self._progress(),
                )
            except PASSING as error:
                log.warning("%s; trying again for %.0f s", error, deadline.remaining)
                if deadline.remaining <= self._limits.max_delay:
                    return [Row() for _ in sent]
                await asyncio.sleep(self._limits.max_delay)
                continue
            self._check(scores.evaluations)
            return rows_of(scores)

    async def _go_on(
        self, client: AsyncRewardClient, sent: list[dict[str, Any]], rows: list[Row], deadline: Deadline
    ) -> list[Row]:
        """Wait for what is unfinished and send again what is unscored, until few enough are left or time is up."""
        while null_share(rows) > self._settings.max_null_share and deadline.remaining > self._limits.max_delay:
            left = [index for index in nulls(rows) if rows[index].reason not in LASTING]
            if not left:
                break
            log.warning("no reward for %d of %d rollouts (%s)", len(nulls(rows)), len(rows), reasons(rows))
            await asyncio.sleep(self._limits.max_delay)
            for index in left:
                if _ended(rows[index]):
                    sent[index]["id"] = uuid4().hex
            found = await self._score(client, [sent[index] for index in left], deadline)
            for index, row in zip(left, found, strict=True):
                rows[index] = row
        return rows

    def _progress(self) -> Progress | None:
        """Watching costs a query a second: only until the judge is known, or where the caller asked for it."""
        asked = self._settings.progress
        if not self._watch_judge:
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
