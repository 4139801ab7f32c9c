"""One call of the client as a generator that asks for sends and is told their outcomes.

Nothing here touches the network: `trainer_client.client` drives the same flows from threads and from asyncio.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from trainer_client.errors import BadAnswer, DeadlineExceeded, declined
from trainer_client.limits import ClientLimits, Deadline
from trainer_client.retry import Answer, Outcome, delay, jitter, worth_retrying

MAX_WAIT = 50.0
MIN_TIMEOUT = 1.0


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call. ``wait``: seconds that the service was asked to hold its answer back."""

    method: str
    path: str
    body: bytes | None = None
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Send:
    """Wait ``after`` seconds, then make the call, with ``timeout`` seconds for its whole answer. Without a call there
    is nothing but the wait; its outcome is `RESTED`."""

    call: Call | None
    timeout: float
    after: float = 0.0


@dataclass(slots=True)
class Peer:
    """What a client knows of its service.

    Attributes:
        met: it has answered as the contract says: the address is right.
    """

    limits: ClientLimits
    met: bool = False


T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Flow = Generator[Send, Outcome, T]


class Run(Generic[T]):
    """A flow under way: what it wants sent next, None once it has ended; then `result` is there."""

    send: Send | None
    result: T

    def __init__(self, flow: Flow[T]) -> None:
        self._flow = flow
        self.send = None

    def go(self, outcome: Outcome | None) -> None:
        """Tell the outcome of the last send, None at the start. Raises what the flow raises."""
        try:
            self.send = next(self._flow) if outcome is None else self._flow.send(outcome)
        except StopIteration as done:
            self.send, self.result = None, done.value

    def tell(self) -> None:
        """Called after each `go`, where the caller's own code runs; for those with something to tell."""


def exchange(call: Call, deadline: Deadline, limits: ClientLimits) -> Flow[Answer]:
    """Make one call until it is answered for good.

    Raises:
        Declined: the answer is no 2xx and will not become one.
        DeadlineExceeded: the next try would come too late.
    """
    failures, after = 0, 0.0
    while True:
        outcome = yield Send(call, timeout(call, deadline, limits, after), after)
        if isinstance(outcome, Answer) and outcome.good:
            return outcome
        failures += 1
        if isinstance(outcome, Answer) and not worth_retrying(outcome, failures, limits):
            raise declined(outcome.status, outcome.content)
        after = delay(outcome, failures, limits, jitter())
        if after >= deadline.remaining:
            raise DeadlineExceeded(f"{call.method} {call.path}", str(outcome))


def timeout(call: Call, deadline: Deadline, limits: ClientLimits, after: float = 0.0) -> float:
    """Seconds for the answer to a call that is made ``after`` seconds from now."""
    return call.wait + max(MIN_TIMEOUT, min(limits.answer_seconds, deadline.remaining - after - call.wait))


def read(answer: Answer, model: type[M]) -> M:
    """The answer's body.

    Raises:
        BadAnswer: it is not what the contract says.
    """
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise BadAnswer(f"the answer is no {model.__name__}: {error.errors()[0]['msg']}") from error


def fetch(call: Call, model: type[M], deadline: Deadline, peer: Peer) -> Flow[M]:
    """One call whose answer is a body of the contract."""
    body = read((yield from exchange(call, deadline, peer.limits)), model)
    peer.met = True
    return body


def fetch_json(call: Call, deadline: Deadline, peer: Peer) -> Flow[dict[str, Any]]:
    """One call whose answer is a JSON object of any shape."""
    answer = yield from exchange(call, deadline, peer.limits)
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"the answer is no JSON: {error}") from error
    if not isinstance(body, dict):
        raise BadAnswer(f"the answer is no JSON object but {type(body).__name__}")
    return body


def fetch_bytes(call: Call, deadline: Deadline, peer: Peer) -> Flow[bytes]:
    return (yield from exchange(call, deadline, peer.limits)).content


def segment(text: str) -> str:
    """One path segment, whatever is in it."""
    return quote(text, safe="")
