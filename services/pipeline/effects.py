"""What a transaction wants done once it is committed: messages to send, hints to give, waiters to wake."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.broker import Broker
from services.contract import Status
from services.errors import BrokerError
from services.pipeline.told import profile_label
from services.stages import Stage
from services.telemetry.stages import evaluation_ended, rewarded, stage_reused

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ending:
    """One evaluation's end.

    Attributes:
        about: what log lines say of it (`services.pipeline.told`).
        seconds: since its submission.
        reason: of an unscored one.
        profile, band, reward, components: of a scored one; the profile by its name.
    """

    evaluation_id: str
    about: Mapping[str, str]
    status: Status
    seconds: float
    reason: str | None = None
    profile: str | None = None
    band: str | None = None
    reward: float | None = None
    components: Mapping[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Effects:
    """Collected inside a transaction, acted on after it.

    Attributes:
        concludes: this process may write rewards.
        sends: (stage, evaluation id, delay in seconds).
        ended: evaluations that reached their end.
        reused: stages whose report was taken over from equal work, and what log lines say of who took it over.
        freed: memo keys whose waiters may go on.
    """

    concludes: bool = True
    sends: list[tuple[Stage, str, float]] = field(default_factory=list)
    ended: list[Ending] = field(default_factory=list)
    reused: list[tuple[Stage, Mapping[str, str]]] = field(default_factory=list)
    freed: list[str] = field(default_factory=list)

    def deliver(self, broker: Broker) -> None:
        """Send and hint. A message that the broker did not take is left to the reaper: the record knows of it."""
        for stage, evaluation_id, delay in self.sends:
            try:
                broker.send(stage, evaluation_id, delay)
            except BrokerError as error:
                log.warning("left to the reaper: %s", error)
                break
        for stage, about in self.reused:
            stage_reused(stage)
            log.info("stage reused", extra={**about, "stage": stage.value})
        for ending in self.ended:
            _told(ending)
        if self.ended:
            broker.hint(ending.evaluation_id for ending in self.ended)


def _told(ending: Ending) -> None:
    evaluation_ended(ending.status, ending.reason, ending.seconds)
    if ending.profile is not None and ending.reward is not None:
        rewarded(profile_label(ending.profile), ending.band or "", ending.reward, ending.components)
    how = {"status": ending.status.value, "reward": ending.reward, "reason": ending.reason, "band": ending.band}
    log.info("evaluation ended", extra={**ending.about, **how, "seconds": round(ending.seconds, 3)})
