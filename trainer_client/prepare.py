"""From what a trainer holds to what is sent: clean text, ids, chunks. Pure.

Bodies are made when they are sent and kept by nobody, so that a large call takes no more memory than a small one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from services.contract import Rollout
from services.contract.clean import clean
from trainer_client.errors import InvalidRollout
from trainer_client.limits import ClientLimits

Rollouts = Sequence[Rollout | Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Head:
    """What a submission says besides its rollouts."""

    run: str
    profile: str | None = None
    accept_versions: bool = False

    def body(self, rollouts: Iterable[bytes]) -> bytes:
        """JSON of a `services.contract.Submission`, from the rollouts' JSON."""
        head = {"run": self.run, "accept_versions": self.accept_versions}
        head |= {"profile": self.profile} if self.profile is not None else {}
        return json.dumps(head).encode()[:-1] + b', "rollouts": [' + b",".join(rollouts) + b"]}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What a call sends, every rollout under an id, so that it can be sent again."""

    head: Head
    rollouts: list[Rollout]

    @property
    def ids(self) -> list[str]:
        return [str(rollout.id) for rollout in self.rollouts]


@dataclass(frozen=True, slots=True)
class Chunk:
    """One submission: the places of its rollouts in the batch, and its body."""

    places: list[int]
    body: bytes


def batch(head: Head, rollouts: Rollouts) -> Batch:
    """Raises `InvalidRollout`; see `checked`."""
    return Batch(head, [named(checked(index, rollout)) for index, rollout in enumerate(rollouts)])


def named(rollout: Rollout) -> Rollout:
    """The rollout under an id, a new one where it has none."""
    return rollout if rollout.id is not None else rollout.model_copy(update={"id": uuid4().hex})


def checked(index: int, rollout: Rollout | Mapping[str, Any]) -> Rollout:
    """A rollout within the contract, its text cleaned.

    Raises:
        InvalidRollout: it breaks the contract; the message names each wrong field.
    """
    if isinstance(rollout, Rollout):
        return rollout
    try:
        return Rollout.model_validate(clean(rollout))
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'rollout'}: {e['msg']}" for e in error.errors())
        raise InvalidRollout(index, "; ".join(problems)) from error
    except (TypeError, RecursionError) as error:
        raise InvalidRollout(index, str(error)) from error


def chunk(batch: Batch, places: Iterable[int], most: int, limits: ClientLimits) -> Chunk:
    """The next submission: the first of these places, as many as fit both ``most`` and the limit on bytes; at least
    one."""
    taken: list[int] = []
    bodies: list[bytes] = []
    size = 0
    for place in places:
        body = batch.rollouts[place].model_dump_json(exclude_none=True).encode()
        size += len(body)
        if taken and (len(taken) >= most or size > limits.chunk_bytes):
            break
        taken.append(place)
        bodies.append(body)
    return Chunk(taken, batch.head.body(bodies))
