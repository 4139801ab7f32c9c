"""What a transaction wants done once it is committed: messages to send, hints to give, waiters to wake."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from services.broker import Broker
from services.contract import Status
from services.errors import BrokerError
from services.rewards.profile import BUILT_IN
from services.stages import Stage
from services.telemetry.stages import evaluation_ended

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """One evaluation's end. ``reason`` of an unscored one, ``profile`` (its name) and ``reward`` of a scored one."""

    evaluation_id: str
    status: Status
    reason: str | None = None
    profile: str | None = None
    reward: float | None = None


@dataclass(slots=True)
class Effects:
    """Collected inside a transaction, acted on after it.

    Attributes:
        sends: (stage, evaluation id, delay in seconds).
        ended: evaluations that reached their end.
        freed: memo keys whose waiters may go on.
    """

    sends: list[tuple[Stage, str, float]] = field(default_factory=list)
    ended: list[Ending] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)

    def deliver(self, broker: Broker) -> None:
        """Send and hint. A message that the broker did not take is left to the reaper: the record knows of it."""
        for stage, evaluation_id, delay in self.sends:
            try:
                broker.send(stage, evaluation_id, delay)
            except BrokerError as error:
                log.warning("left to the reaper: %s", error)
                break
        for ending in self.ended:
            evaluation_ended(ending.status, ending.reason, _label(ending.profile), ending.reward)
        if self.ended:
            broker.hint(ending.evaluation_id for ending in self.ended)


def _label(profile: str | None) -> str | None:
    return profile if profile is None or profile in BUILT_IN else "custom"
