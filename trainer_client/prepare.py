"""From what a trainer holds to what is sent: clean text, ids, chunks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from services.contract import Rollout
from services.contract.clean import clean
from trainer_client.errors import InvalidRollout
from trainer_client.limits import ClientLimits


@dataclass(frozen=True, slots=True)
class Parcel:
    """One rollout ready to be sent: its place in the caller's list, its id, its JSON."""

    index: int
    rollout_id: str
    body: bytes


def parcel(index: int, rollout: Rollout | Mapping[str, Any]) -> Parcel:
    """Give a rollout an id where it has none, so that it can be sent twice.

    Raises:
        InvalidRollout: see `checked`.
    """
    sent = checked(index, rollout)
    if sent.id is None:
        sent = sent.model_copy(update={"id": uuid4().hex})
    return Parcel(index, str(sent.id), sent.model_dump_json(exclude_none=True).encode())


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
    except TypeError as error:
        raise InvalidRollout(index, str(error)) from error


def parcels(rollouts: Sequence[Rollout | Mapping[str, Any]]) -> list[Parcel]:
    return [parcel(index, rollout) for index, rollout in enumerate(rollouts)]


def chunks(items: Sequence[Parcel], limits: ClientLimits) -> Iterator[list[Parcel]]:
    """In order, each within both limits; a parcel that is larger than the byte limit travels alone."""
    chunk: list[Parcel] = []
    size = 0
    for item in items:
        full = len(chunk) >= limits.chunk_rollouts or size + len(item.body) > limits.chunk_bytes
        if chunk and full:
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += len(item.body)
    if chunk:
        yield chunk
