"""The board that a call for many rollouts is gathered on."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from services.contract import Evaluation
from trainer_client.errors import BadAnswer
from trainer_client.prepare import Batch, Chunk
from trainer_client.scores import Awaited, Scores


@dataclass(slots=True)
class Board:
    """Who was accepted as what, and what is known of it.

    Attributes:
        rollout_ids, ids: per place; the evaluation's id is None before acceptance.
        batch: what is sent; None where only ids are known.
        unsent: places in the batch, the next to be sent first.
        latest: evaluation id -> as last seen.
        pending: ids that have not been seen to end, the next to be asked for first.
        ended: evaluations that were seen to end and have not been taken yet; see `newly_ended`.
        told, endings: how often there was news; how many have been seen to end.
        fault: what is wrong right now; full: it is the service's queue.
    """

    rollout_ids: list[str]
    ids: list[str | None]
    batch: Batch | None = None
    unsent: deque[int] = field(default_factory=deque)
    latest: dict[str, Evaluation] = field(default_factory=dict)
    pending: dict[str, None] = field(default_factory=dict)
    ended: list[Evaluation] = field(default_factory=list)
    told: int = 0
    endings: int = 0
    fault: str | None = None
    full: bool = False

    @classmethod
    def of_batch(cls, batch: Batch) -> Board:
        places = len(batch.rollouts)
        return cls(batch.ids, [None] * places, batch, deque(range(places)))

    @classmethod
    def of(cls, awaited: Awaited) -> Board:
        """Where an earlier call stopped."""
        ids = [given if given is None or isinstance(given, str) else given.id for given in awaited]
        board = cls(["" for _ in ids], ids)
        if isinstance(awaited, Scores):
            unaccepted = [place for place, id_ in enumerate(ids) if id_ is None]
            board.rollout_ids, board.batch = list(awaited.rollout_ids), awaited.batch
            board.unsent.extend(unaccepted if awaited.batch else [])
        board.pending = dict.fromkeys(id_ for id_ in ids if id_ is not None)
        board.update([given for given in awaited if isinstance(given, Evaluation)])
        return board

    @property
    def complete(self) -> bool:
        return not self.unsent and not self.pending

    def accept(self, chunk: Chunk, evaluations: Sequence[Evaluation]) -> None:
        """Note the answer to one submission: one evaluation per rollout, in order.

        Raises:
            BadAnswer: it is not that. Nothing was noted: a reward in the wrong place is worse than none.
        """
        if [self.rollout_ids[place] for place in chunk.places] != [e.rollout_id for e in evaluations]:
            raise BadAnswer(f"{len(chunk.places)} rollouts were sent, and evaluations of others came back")
        for place, evaluation in zip(chunk.places, evaluations, strict=True):
            self.ids[place] = evaluation.id
            self.pending[evaluation.id] = None
        accepted = set(chunk.places)
        self.unsent = deque(place for place in self.unsent if place not in accepted)
        self.update(evaluations)

    def update(self, evaluations: Sequence[Evaluation]) -> None:
        """Note what was seen of evaluations that are waited for. Those that have not ended are asked for last."""
        self.told += 1
        for evaluation in evaluations:
            if evaluation.id in self.pending:
                self._note(evaluation)

    def _note(self, evaluation: Evaluation) -> None:
        self.latest[evaluation.id] = evaluation
        del self.pending[evaluation.id]
        if evaluation.status.ended:
            self.ended.append(evaluation)
            self.endings += 1
        else:
            self.pending[evaluation.id] = None

    def forget(self, ids: Sequence[str]) -> None:
        """The service does not know these any more: their rollouts are to be sent again."""
        self.told += 1
        gone = set(ids)
        for place, id_ in enumerate(self.ids):
            if id_ in gone:
                self.ids[place] = None
                self.unsent.append(place)
        for id_ in gone:
            self.pending.pop(id_, None)
            self.latest.pop(id_, None)

    def put_off(self, chunk: Chunk) -> None:
        """Send everything else before these."""
        self.unsent = deque([p for p in self.unsent if p not in chunk.places] + chunk.places)

    def newly_ended(self) -> list[Evaluation]:
        """Evaluations that ended since this was last asked, in the order seen."""
        found, self.ended = self.ended, []
        return found

    def evaluations(self) -> list[Evaluation | None]:
        return [self.latest.get(id_) if id_ else None for id_ in self.ids]

    def scores(self) -> Scores:
        seen = self.evaluations()
        names = [e.rollout_id if e else name for e, name in zip(seen, self.rollout_ids, strict=True)]
        pending = [id_ for id_ in dict.fromkeys(self.ids) if id_ is not None and id_ in self.pending]
        return Scores(seen, names, pending, None if self.complete else self.fault, self.batch)
