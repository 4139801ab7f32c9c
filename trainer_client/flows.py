"""Every call of the client as a generator that asks for sends and is told their outcomes.

Nothing here touches the network: `trainer_client.client` drives the same flows from threads and from asyncio.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from services.contract import Accepted, Evaluation, EvaluationQuery, QueryAnswer
from trainer_client.errors import BadAnswer, DeadlineExceeded, TooLarge, declined
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.prepare import Parcel, chunks
from trainer_client.retry import Answer, Outcome, delay, jitter, worth_retrying
from trainer_client.scores import Board, Progress, Scores

MAX_WAIT = 50.0
QUERY_CHUNK = 1_024
MIN_TIMEOUT = 1.0
PAUSE = 0.5
"""Least seconds from one query to the next, should a service not wait as asked."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. ``wait``: seconds that the service was asked to hold its answer back."""

    method: str
    path: str
    body: bytes | None = None
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """Wait ``after`` seconds, then make the call, with ``timeout`` seconds for its answer."""

    call: Call
    timeout: float
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """What a submission says besides its rollouts."""

    run: str
    profile: str | None = None
    accept_versions: bool = False

    def body(self, parcels: Sequence[Parcel]) -> bytes:
        """JSON of a `services.contract.Submission`."""
        head = {"run": self.run, "accept_versions": self.accept_versions}
        head |= {"profile": self.profile} if self.profile is not None else {}
        return json.dumps(head).encode()[:-1] + b', "rollouts": [' + b",".join(p.body for p in parcels) + b"]}"


T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Flow = Generator[Send, Outcome, T]


def exchange(call: Call, deadline: Deadline, limits: ClientLimits, after: float = 0.0) -> Flow[Answer]:
    """Make one call until it is answered for good.

    Raises:
        Declined: the answer is no 2xx and will not become one.
        DeadlineExceeded: the next try would come too late.
    """
    failures = 0
    while True:
        timeout = call.wait + max(MIN_TIMEOUT, min(limits.answer_seconds, deadline.remaining - after - call.wait))
        outcome = yield Send(call, timeout, after)
        if isinstance(outcome, Answer) and outcome.good:
            return outcome
        failures += 1
        if isinstance(outcome, Answer) and not worth_retrying(outcome, failures, limits):
            raise declined(outcome.status, outcome.content)
        after = delay(outcome, failures, limits, jitter())
        if after >= deadline.remaining:
            raise DeadlineExceeded(f"{call.method} {call.path}", str(outcome))


def read(answer: Answer, model: type[M]) -> M:
    """The answer's body.

    Raises:
        BadAnswer: it is not what the contract says.
    """
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise BadAnswer(f"the answer is no {model.__name__}: {error.errors()[0]['msg']}") from error


def fetch(call: Call, model: type[M], deadline: Deadline, limits: ClientLimits) -> Flow[M]:
    """One call whose answer is a body of the contract."""
    return read((yield from exchange(call, deadline, limits)), model)


def fetch_json(call: Call, deadline: Deadline, limits: ClientLimits) -> Flow[Any]:
    """One call whose answer is JSON of any shape."""
    answer = yield from exchange(call, deadline, limits)
    try:
        return json.loads(answer.content)
    except ValueError as error:
        raise BadAnswer(f"the answer is no JSON: {error}") from error


def fetch_bytes(call: Call, deadline: Deadline, limits: ClientLimits) -> Flow[bytes]:
    return (yield from exchange(call, deadline, limits)).content


def submit(board: Board, head: Head, parcels: Sequence[Parcel], deadline: Deadline, limits: ClientLimits) -> Flow[None]:
    """Send everything, in chunks; a chunk that is too large for the service is halved.

    Raises:
        Refused, ServiceFault, DeadlineExceeded: what was accepted before is on the board.
    """
    waiting = deque(chunks(parcels, limits))
    while waiting:
        chunk = waiting.popleft()
        try:
            answer = yield from exchange(Call("POST", "/v1/evaluations", head.body(chunk)), deadline, limits)
        except TooLarge:
            if len(chunk) == 1:
                raise
            waiting.extendleft((chunk[len(chunk) // 2 :], chunk[: len(chunk) // 2]))
            continue
        board.accept(chunk, _one_each(read(answer, Accepted).evaluations, chunk))


def _one_each(evaluations: list[Evaluation], chunk: Sequence[Parcel]) -> list[Evaluation]:
    if len(evaluations) != len(chunk):
        raise BadAnswer(f"{len(chunk)} rollouts were sent, {len(evaluations)} evaluations came back")
    return evaluations


def submit_all(
    board: Board, head: Head, parcels: Sequence[Parcel], deadline: Deadline, limits: ClientLimits
) -> Flow[list[Evaluation]]:
    """`submit`, and the evaluations in the order given."""
    yield from submit(board, head, parcels, deadline, limits)
    return [evaluation for evaluation in board.evaluations() if evaluation]


def gather(board: Board, deadline: Deadline, limits: ClientLimits, progress: Progress | None) -> Flow[None]:
    """Query until everything on the board has ended, or the deadline passes. Asks at least once.

    Raises:
        DeadlineExceeded: the service could not be reached any more.
    """
    poll = limits.progress_seconds if progress else limits.poll_seconds
    after = 0.0
    while pending := board.pending()[:QUERY_CHUNK]:
        asked = deadline.clock()
        wait = min(poll, MAX_WAIT, max(0.0, deadline.remaining - after))
        body = EvaluationQuery(ids=pending, wait=wait).model_dump_json().encode()
        answer = yield from exchange(Call("POST", "/v1/evaluations/query", body, wait), deadline, limits, after)
        board.update(read(answer, QueryAnswer).evaluations)
        if progress:
            progress(board.evaluations())
        if not deadline.remaining:
            return
        after = max(0.0, min(PAUSE, poll) - (deadline.clock() - asked))


def wait(board: Board, deadline: Deadline, limits: ClientLimits, progress: Progress | None = None) -> Flow[Scores]:
    """`gather`, with what is missing left out instead of raised."""
    try:
        yield from gather(board, deadline, limits, progress)
    except DeadlineExceeded as error:
        return board.scores(str(error))
    return board.scores(None)


def score(
    board: Board,
    head: Head,
    parcels: Sequence[Parcel],
    deadline: Deadline,
    limits: ClientLimits,
    progress: Progress | None = None,
) -> Flow[Scores]:
    """Submit and wait. The last tenth of the time, at most ten seconds, is kept for waiting.

    Raises:
        Refused, ServiceFault: a submission was declined.
    """
    fault = None
    try:
        yield from submit(board, head, parcels, deadline.sooner(min(10.0, deadline.remaining / 10)), limits)
    except DeadlineExceeded as error:
        fault = str(error)
    if progress:
        progress(board.evaluations())
    scores = yield from wait(board, deadline, limits, progress)
    return board.scores(fault or scores.fault)


def segment(text: str) -> str:
    """One path segment, whatever is in it."""
    return quote(text, safe="")
