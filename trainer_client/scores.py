"""What a call to `score` or `wait` gives back, and the board that it is gathered on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

from services.contract import Evaluation
from trainer_client.prepare import Parcel

Progress = Callable[[Sequence[Evaluation | None]], None]
"""Called after every answer with the evaluations as last seen, in the order given; None where not yet accepted."""


@dataclass(frozen=True, slots=True)
class Scores(Sequence[Evaluation | None]):
    """Evaluations in the order given; a sequence of them, too.

    Attributes:
        evaluations: as last seen; None where the service had not accepted the rollout by the deadline.
        rollout_ids: the ids that the rollouts were sent under. Sent again under them, nothing is done twice.
        pending: ids of evaluations that had not ended at the deadline; `RewardClient.wait` goes on with them.
        fault: why something is missing, where the reason is known.
    """

    evaluations: list[Evaluation | None]
    rollout_ids: list[str]
    pending: list[str]
    fault: str | None = None

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


@dataclass(slots=True)
class Board:
    """Who was accepted as what, and what is known of it.

    Attributes:
        ids: evaluation id per place; None before acceptance.
        latest: evaluation id -> as last seen.
    """

    rollout_ids: list[str]
    ids: list[str | None]
    latest: dict[str, Evaluation] = field(default_factory=dict)

    @classmethod
    def of_parcels(cls, parcels: Sequence[Parcel]) -> Board:
        return cls([p.rollout_id for p in parcels], [None] * len(parcels))

    @classmethod
    def of_ids(cls, ids: Sequence[str]) -> Board:
        return cls(["" for _ in ids], list(ids))

    def accept(self, parcels: Sequence[Parcel], evaluations: Sequence[Evaluation]) -> None:
        """Note the answer to one submission: one evaluation per parcel."""
        for parcel, evaluation in zip(parcels, evaluations, strict=True):
            self.ids[parcel.index] = evaluation.id
        self.update(evaluations)

    def update(self, evaluations: Sequence[Evaluation]) -> None:
        self.latest |= {evaluation.id: evaluation for evaluation in evaluations}

    def pending(self) -> list[str]:
        """Ids that have not been seen to end, each once, in order."""
        known = dict.fromkeys(id_ for id_ in self.ids if id_ is not None)
        return [id_ for id_ in known if id_ not in self.latest or not self.latest[id_].status.ended]

    def evaluations(self) -> list[Evaluation | None]:
        return [self.latest.get(id_) if id_ else None for id_ in self.ids]

    def scores(self, fault: str | None) -> Scores:
        seen = self.evaluations()
        names = [e.rollout_id if e else name for e, name in zip(seen, self.rollout_ids, strict=True)]
        return Scores(seen, names, self.pending(), fault)
