"""What a transaction wants done once it is committed: messages to send, hints to give, waiters to wake."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from services.broker import Broker
from services.errors import BrokerError
from services.stages import Stage

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Effects:
    """Collected inside a transaction, acted on after it.

    Attributes:
        sends: (stage, evaluation id, delay in seconds).
        ended: evaluations that reached their end.
        freed: memo keys whose waiters may go on.
    """

    sends: list[tuple[Stage, str, float]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)

    def deliver(self, broker: Broker) -> None:
        """Send and hint. A message that the broker did not take is left to the reaper: the record knows of it."""
        for stage, evaluation_id, delay in self.sends:
            try:
                broker.send(stage, evaluation_id, delay)
            except BrokerError as error:
                log.warning("left to the reaper: %s", error)
                break
        if self.ended:
            broker.hint(self.ended)
