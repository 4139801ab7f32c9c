"""The calls that both clients have, as flows."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from uuid import uuid4

from pydantic import BaseModel

from services.contract import Evaluation, RejudgeRequest
from trainer_client import flows
from trainer_client.board import Board
from trainer_client.flows import Call, Flow, M, Peer, Run
from trainer_client.gathering import Gathering
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.prepare import Head, Rollouts, batch
from trainer_client.scores import Awaited, Progress, Scores

CALL_SECONDS = 60.0
PING_SECONDS = 10.0
LOG_SECONDS = 60.0

log = logging.getLogger("trainer_client")

T = TypeVar("T")


class Cancelled(BaseModel):
    """Answer to a cancelled run."""

    cancelled: int


class ProfileList(BaseModel):
    """Each with ``profile``, ``hash`` and ``built_in``."""

    profiles: list[dict[str, Any]]


class Many(Run[T], Generic[T]):
    """A call for many rollouts under way: tells its progress, and in the log when the service's trouble begins and
    ends."""

    def __init__(self, board: Board, flow: Flow[T], progress: Progress | None = None) -> None:
        super().__init__(flow)
        self.board = board
        self._progress = progress
        self._told = 0
        self._warned: float | None = None

    def tell(self) -> None:
        """Called after each outcome, where the caller's own code runs."""
        self._log(self.board.fault, time.monotonic())
        if self._progress and self.board.told > self._told:
            self._told = self.board.told
            self._progress(self.board.evaluations())

    def _log(self, fault: str | None, now: float) -> None:
        """A fault that lasts is told once a minute. A full queue is no fault that anybody has to look at."""
        if fault is not None and not self.board.full and (self._warned is None or now >= self._warned + LOG_SECONDS):
            missing = len(self.board.unsent) + len(self.board.pending)
            log.warning("the reward service is waited for, %d rollouts are missing: %s", missing, fault)
            self._warned = now
        elif fault is None and self._warned is not None:
            log.warning("the reward service answers again")
            self._warned = None


@dataclass(frozen=True, slots=True)
class Calls:
    """The flows behind the methods that both clients have."""

    limits: ClientLimits
    peer: Peer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "peer", Peer(self.limits))

    def score(
        self, rollouts: Rollouts, head: Head, deadline: Deadline, progress: Progress | None = None
    ) -> Many[Scores]:
        """Raises `InvalidRollout`."""
        board = Board.of_batch(batch(head, rollouts))
        return self._many(board, deadline, progress)

    def submit(self, rollouts: Rollouts, head: Head, deadline: Deadline) -> Many[Scores]:
        """Raises `InvalidRollout`."""
        board = Board.of_batch(batch(head, rollouts))
        return Many(board, Gathering(board, deadline, self.peer, 0.0, asks=False).submit())

    def wait(self, awaited: Awaited, deadline: Deadline, progress: Progress | None = None) -> Many[Scores]:
        return self._many(Board.of(awaited), deadline, progress)

    def iter_results(
        self, what: Awaited | Rollouts, head: Head | None, deadline: Deadline, progress: Progress | None = None
    ) -> Many[Scores]:
        """Raises `InvalidRollout`."""
        told: Progress = progress or (lambda _: None)
        if head is None:
            return self.wait(what, deadline, told)  # type: ignore[arg-type]  # without a head they are no rollouts
        return self.score(what, head, deadline, told)  # type: ignore[arg-type]  # and with one they are

    def _many(self, board: Board, deadline: Deadline, progress: Progress | None) -> Many[Scores]:
        poll = self.limits.progress_seconds if progress else self.limits.poll_seconds
        return Many(board, Gathering(board, deadline, self.peer, poll).run(), progress)

    def get(self, id_: str, wait: float) -> Flow[Evaluation]:
        held = min(max(wait, 0.0), flows.MAX_WAIT)
        path = f"/v1/evaluations/{flows.segment(id_)}" + (f"?wait={held:g}" if held else "")
        return flows.fetch(Call("GET", path, wait=held), Evaluation, self._soon(held), self.peer)

    def rejudge(self, id_: str, wanted: RejudgeRequest, deadline: float) -> Flow[Evaluation]:
        named = wanted.model_copy(update={"rollout_id": wanted.rollout_id or uuid4().hex})
        body = named.model_dump_json(exclude_none=True).encode()
        call = Call("POST", f"/v1/evaluations/{flows.segment(id_)}/rejudge", body)
        return flows.fetch(call, Evaluation, Deadline.after(deadline), self.peer)

    def scaffold(self) -> Flow[dict[str, Any]]:
        return flows.fetch_json(Call("GET", "/v1/scaffold"), self._soon(), self.peer)

    def cancel(self, run: str) -> Flow[Cancelled]:
        return flows.fetch(Call("DELETE", f"/v1/runs/{flows.segment(run)}"), Cancelled, self._soon(), self.peer)

    def profiles(self) -> Flow[ProfileList]:
        return flows.fetch(Call("GET", "/v1/profiles"), ProfileList, self._soon(), self.peer)

    def put_profile(self, profile: Mapping[str, Any]) -> Flow[dict[str, Any]]:
        call = Call("PUT", f"/v1/profiles/{flows.segment(str(profile['name']))}", json.dumps(profile).encode())
        return flows.fetch_json(call, self._soon(), self.peer)

    def artifact(self, id_: str, name: str) -> Flow[bytes]:
        path = f"/v1/evaluations/{flows.segment(id_)}/artifacts/{flows.segment(name)}"
        return flows.fetch_bytes(Call("GET", path), self._soon(), self.peer)

    def read(self, path: str, model: type[M]) -> Flow[M]:
        return flows.fetch(Call("GET", path), model, self._soon(), self.peer)

    def ping(self, deadline: float) -> Flow[bytes]:
        return flows.fetch_bytes(Call("GET", "/healthz"), Deadline.after(deadline), self.peer)

    def _soon(self, wait: float = 0.0) -> Deadline:
        return Deadline.after(CALL_SECONDS + wait)
