"""The stages of an evaluation: their order, their queues and their limits. The only spelling of a queue name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """One step of the cascade. The value is also the name of its queue and of its Celery task."""

    LINT = "lint"
    RESOLVE = "resolve"
    BUILD = "build"
    RENDER = "render"
    JUDGE = "judge"


ORDER: tuple[Stage, ...] = tuple(Stage)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a stage is tried again when the fault is ours.

    Attributes:
        tries: runs in total before the evaluation ends unscored.
        first_delay: seconds before the second try; it doubles with every further one.
        max_delay: seconds; no wait between two tries is longer.
        patience: seconds for which an evaluation waits, uncounted, where the error says that nothing was tried and
            when to come again.
    """

    tries: int
    first_delay: float
    max_delay: float = 30.0
    patience: float = 0.0

    def delay(self, failures: int) -> float:
        """Seconds to wait after the given number of failed tries (at least 1)."""
        return min(self.max_delay, self.first_delay * 2.0 ** (failures - 1))


@dataclass(frozen=True, slots=True)
class StagePolicy:
    """What a stage may cost the service.

    Attributes:
        hard_limit: seconds after which the worker process that runs the stage is ended. A net under the
            sandbox's own limits, never the limit that a candidate meets.
        retry: bound on tries after our own faults.
    """

    hard_limit: int
    retry: RetryPolicy


POLICIES: dict[Stage, StagePolicy] = {
    Stage.LINT: StagePolicy(120, RetryPolicy(3, 1.0)),
    Stage.RESOLVE: StagePolicy(420, RetryPolicy(3, 2.0)),
    Stage.BUILD: StagePolicy(420, RetryPolicy(3, 1.0)),
    Stage.RENDER: StagePolicy(420, RetryPolicy(3, 1.0)),
    Stage.JUDGE: StagePolicy(420, RetryPolicy(3, 2.0, patience=300.0)),
}

LEASE_SECONDS = 20.0
"""A claim that nobody renewed for this long is lost."""

HEARTBEAT_SECONDS = 5.0
"""How often a working stage renews its claim."""

LOST_CLAIMS_BEFORE_ALONE = 2
"""After so many lost claims of one stage the evaluation runs once more with nothing beside it."""
