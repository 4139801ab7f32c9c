"""What a call to `score` or `wait` gives back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from services.contract import Evaluation
from trainer_client.prepare import Batch

Progress = Callable[[Sequence[Evaluation | None]], None]
"""Called after every answer that tells something new, with the evaluations as last seen, in the order given; None where
not yet accepted. Those that have not ended come without reports. What it raises ends the call."""


@dataclass(frozen=True, slots=True)
class Scores(Sequence[Evaluation | None]):
    """Evaluations in the order given; a sequence of them, too.

    Attributes:
        evaluations: as last seen; None where the service had not accepted the rollout by the deadline.
        rollout_ids: the ids that the rollouts were sent under. Sent again under them, nothing is done twice.
        pending: ids of evaluations that had not ended at the deadline.
        fault: why something is missing, where the reason is known.
        batch: the rollouts, where they were sent with this call.

    `RewardClient.wait` goes on with all that is missing: it sends again what was never accepted.
    """

    evaluations: list[Evaluation | None]
    rollout_ids: list[str]
    pending: list[str]
    fault: str | None = None
    batch: Batch | None = field(default=None, repr=False, compare=False)

    @property
    def rewards(self) -> list[float | None]:
        """One number per rollout; None where it is unscored, cancelled, unfinished or was never accepted."""
        return [evaluation.reward if evaluation else None for evaluation in self.evaluations]

    @property
    def complete(self) -> bool:
        """Every rollout was accepted and every evaluation ended."""
        return not self.pending and all(evaluation is not None for evaluation in self.evaluations)

    def __len__(self) -> int:
        return len(self.evaluations)

    @overload
    def __getitem__(self, index: int) -> Evaluation | None: ...
    @overload
    def __getitem__(self, index: slice) -> list[Evaluation | None]: ...
    def __getitem__(self, index: int | slice) -> Evaluation | list[Evaluation | None] | None:
        return self.evaluations[index]

    def __iter__(self) -> Iterator[Evaluation | None]:
        return iter(self.evaluations)


Awaited = Scores | Sequence[str | Evaluation]
"""What can be waited for: what `score` or `wait` gave back, what `submit` gave back, or ids of evaluations."""
