"""Many rollouts in one call: submitting and asking in turns, until all have ended or the deadline passes.

A service that is away, full or broken is waited for. What it takes is sent as soon as it takes it, and what it has
finished is fetched meanwhile: nothing waits for the last rollout to be accepted.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from services.contract import Accepted, QueryAnswer
from trainer_client.board import Board
from trainer_client.errors import BadAnswer, ClientError, DeadlineExceeded, declined
from trainer_client.flows import MAX_WAIT, Call, Flow, Peer, Send, read, timeout
from trainer_client.limits import Deadline
from trainer_client.prepare import Chunk, chunk
from trainer_client.retry import NOT_FOUND, PASSING, TOO_LARGE, TOO_MANY, Answer, Fault, Outcome, delay, jitter, refused
from trainer_client.scores import Scores

SUBMIT, QUERY = "/v1/evaluations", "/v1/evaluations/query"
PAUSE = 0.5
"""Least seconds from one query to the next that brought nothing, should a service not wait as asked."""


@dataclass(slots=True)
class Lane:
    """One kind of call: when it may be made next, by the deadline's clock, and what was wrong with the last one.

    Attributes:
        last: when it is tried for the last time, unless the service forbade it: later is never.
    """

    last: float
    due: float = 0.0
    failures: int = 0
    fault: str | None = None

    def passed(self, due: float) -> None:
        self.due, self.failures, self.fault = due, 0, None

    def failed(self, now: float, seconds: float, fault: str, *, forbidden: bool) -> None:
        late = forbidden or now >= self.last
        self.due = now + seconds if late else min(now + seconds, self.last)
        self.failures += 1
        self.fault = fault


@dataclass(slots=True)
class Gathering:
    """The state of one call.

    Attributes:
        poll: seconds that the service is asked to wait in one round of queries.
        asks: evaluations are waited for; otherwise rollouts are submitted and no more.
        most: rollouts that one submission may hold at all.
        window: that the next one holds: doubled as long as all goes well, halved otherwise.
        taken: accepted since the service last had no room: so much it may have room for the next time.
        closes: when submitting ends, so that time is left to ask.
    """

    board: Board
    deadline: Deadline
    peer: Peer
    poll: float
    asks: bool = True
    most: int = field(init=False)
    window: int = field(init=False)
    taken: int = 0
    closes: Deadline = field(init=False)
    submitting: Lane = field(init=False)
    querying: Lane = field(init=False)

    def __post_init__(self) -> None:
        left = self.deadline.remaining
        self.most = self.window = self.peer.limits.chunk_rollouts
        self.closes = self.deadline.sooner(min(10.0, left / 10) if self.asks else 0.0)
        self.submitting = Lane(self.closes.at - min(1.0, left / 20))
        self.querying = Lane(self.deadline.at - min(1.0, left / 20))

    def run(self) -> Flow[Scores]:
        """Raises `Refused` or `BadAnswer`, with what is known."""
        try:
            yield from self._until_over()
        except ClientError as error:
            error.scores = self.board.scores()
            raise
        return self.board.scores()

    def submit(self) -> Flow[Scores]:
        """The same for a call that submits alone.

        Raises:
            DeadlineExceeded: not everything was accepted; what was is in the error's ``scores``.
        """
        scores = yield from self.run()
        if self.board.unsent:
            error = DeadlineExceeded(f"{len(self.board.unsent)} rollouts were not accepted", self.board.fault)
            error.scores = scores
            raise error
        return scores

    def _until_over(self) -> Flow[None]:
        while True:
            now = self.deadline.clock()
            submits, queries = self._submits_at(now), self._queries_at(now)
            if min(submits, queries) >= self.deadline.at:
                break
            if submits <= queries:
                yield from self._submit(submits - now)
            else:
                yield from self._query(queries - now, min(submits, self.deadline.at) - queries)
        if self.asks and self.board.unsent and self.closes.remaining:
            yield Send(None, 0.0, self.closes.remaining)  # a step without rewards must not be over at once
        if self.asks:
            yield from self._last_look()

    def _submits_at(self, now: float) -> float:
        at = max(self.submitting.due, now)
        return at if self.board.unsent and at < self.closes.at else math.inf

    def _queries_at(self, now: float) -> float:
        return max(self.querying.due, now) if self.asks and self.board.pending else math.inf

    def _submit(self, after: float) -> Flow[None]:
        assert self.board.batch is not None  # noqa: S101  # nothing is unsent without it
        sent = chunk(self.board.batch, self.board.unsent, self.window, self.peer.limits)
        call = Call("POST", SUBMIT, sent.body)
        outcome = yield Send(call, timeout(call, self.closes, self.peer.limits, after), after)
        if _status(outcome) == TOO_LARGE and len(sent.places) > 1:
            self.most = self.window = len(sent.places) // 2
            return
        wrong = self._noted(outcome, lambda answer: self._accept(sent, answer))
        if wrong is None:
            self.taken += len(sent.places)
            self.window = min(self.most, self.window * 2)
            self._passed(self.submitting, self.deadline.clock())
            return
        room = self.taken if _status(wrong) == TOO_MANY else 0
        self.window, self.taken = min(self.most, room or max(1, len(sent.places) // 2)), 0
        if _status(wrong) >= 500 and _status(wrong) not in PASSING:
            self.board.put_off(sent)  # perhaps one of them is what the service breaks at
        self._failed(self.submitting, wrong)

    def _accept(self, sent: Chunk, answer: Answer) -> None:
        self.board.accept(sent, read(answer, Accepted).evaluations)

    def _query(self, after: float, free: float) -> Flow[None]:
        """``free``: seconds from then for which there is nothing else to do."""
        ids = list(islice(self.board.pending, self.peer.limits.query_ids))
        share = self.poll / math.ceil(len(self.board.pending) / self.peer.limits.query_ids)
        wait = max(0.0, min(share, MAX_WAIT, free))
        call = Call("POST", QUERY, json.dumps({"ids": ids, "wait": wait, "brief": True}).encode(), wait)
        asked, endings = self.deadline.clock() + after, self.board.endings
        outcome = yield Send(call, timeout(call, self.deadline, self.peer.limits, after), after)
        wrong = self._noted(outcome, self._see)
        if wrong is None:
            self._passed(self.querying, asked if self.board.endings > endings else asked + min(PAUSE, share))
        elif self._forgot(wrong):
            self.board.forget(ids)
            self._put_off(self.querying, wrong)
        else:
            self._failed(self.querying, wrong)

    def _see(self, answer: Answer) -> None:
        self.board.update(read(answer, QueryAnswer).evaluations)

    def _forgot(self, outcome: Outcome) -> bool:
        """The service has lost what it accepted, and it can be sent again."""
        lost = isinstance(outcome, Answer) and outcome.status == NOT_FOUND and outcome.from_service
        return lost and self.board.batch is not None

    def _noted(self, outcome: Outcome, note: Callable[[Answer], None]) -> Outcome | None:
        """Note a good answer; what went wrong otherwise.

        Raises:
            BadAnswer: it is not of the contract, and this address never answered otherwise.
        """
        if not isinstance(outcome, Answer) or not outcome.good:
            return outcome
        try:
            note(outcome)
        except BadAnswer as error:
            if not self.peer.met:
                raise
            return Fault(str(error))
        self.peer.met = True
        return None

    def _failed(self, lane: Lane, outcome: Outcome) -> None:
        """Raises `Refused`: sending the same again will not help."""
        if isinstance(outcome, Answer) and refused(outcome, self.peer.met):
            raise declined(outcome.status, outcome.content)
        self._put_off(lane, outcome)

    def _put_off(self, lane: Lane, outcome: Outcome) -> None:
        seconds = delay(outcome, lane.failures + 1, self.peer.limits, jitter())
        lane.failed(self.deadline.clock(), seconds, str(outcome), forbidden=_status(outcome) == TOO_MANY)
        self.board.full = lane is self.submitting and _status(outcome) == TOO_MANY
        self._tell_fault()

    def _passed(self, lane: Lane, due: float) -> None:
        lane.passed(due)
        self._tell_fault()

    def _tell_fault(self) -> None:
        self.board.fault = self.submitting.fault or self.querying.fault

    def _last_look(self) -> Flow[None]:
        """Whatever has not ended is asked for once more, as long as the service answers."""
        for _ in range(math.ceil(len(self.board.pending) / self.peer.limits.query_ids)):
            failures = self.querying.failures
            yield from self._query(0.0, 0.0)
            if self.querying.failures > failures or not self.board.pending:
                return


def _status(outcome: Outcome) -> int:
    return outcome.status if isinstance(outcome, Answer) else 0
