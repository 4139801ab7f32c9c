"""From what a trainer holds to what is sent: clean text, ids, chunks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from pydantic import ValidationError

from services.contract import Rollout
from trainer_client.errors import InvalidRollout
from trainer_client.limits import ClientLimits

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One rollout ready to be sent: its place in the caller's list, its id, its JSON."""

    index: int
    rollout_id: str
    body: bytes


def clean(value: Any) -> Any:
    """The same value with NUL and lone surrogates in its texts replaced by U+FFFD.

    A sampled token can be either, no JSON text in UTF-8 or SQL text can hold them, and one token must not end a
    training step. Whole surrogate pairs become the character that they spell.
    """
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return value


def _clean_text(text: str) -> str:
    text = text.replace("\0", REPLACEMENT)
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


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
