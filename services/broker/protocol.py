"""The broker's interface, and the body that tests use."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from services.stages import Stage


class Broker(Protocol):
    """Carries evaluation ids to stages, and hints to whoever waits."""

    def send(self, stage: Stage, evaluation_id: str, delay: float = 0.0) -> None:
        """Queue one message, to be delivered after ``delay`` seconds.

        Raises:
            BrokerError: it was not taken. The record stays; the reaper sends it later.
        """
        ...

    def waiting(self, stage: Stage) -> set[str]:
        """Ids of evaluations whose message waits in the stage's queue.

        Raises:
            BrokerError: the queue cannot be read.
        """
        ...

    def hint(self, evaluation_ids: Iterable[str]) -> None:
        """Tell waiting clients that something ended. A hint: lost without harm, never an error."""
        ...

    def ping(self) -> None:
        """Raises BrokerError where the broker does not answer."""
        ...


class MemoryBroker:
    """Queues in memory; `sent` holds what was sent and not yet taken, in order."""

    def __init__(self) -> None:
        self.sent: deque[tuple[Stage, str]] = deque()
        self.hints: list[str] = []

    def send(self, stage: Stage, evaluation_id: str, delay: float = 0.0) -> None:
        self.sent.append((stage, evaluation_id))

    def waiting(self, stage: Stage) -> set[str]:
        return {evaluation_id for at, evaluation_id in self.sent if at is stage}

    def hint(self, evaluation_ids: Iterable[str]) -> None:
        self.hints.extend(evaluation_ids)

    def ping(self) -> None:
        return
