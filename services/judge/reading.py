"""One reply of the VLM -> a sample, or the reason why it is not one. Pure. Numbers come from the schema alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.judge.expected import Token, expected
from services.judge.protocol import CRITERIA, Sample

REASON_LIMIT = 300
"""Characters kept of each reason."""

Grade = Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An answer without a grade.

    Attributes:
        why: ``refused``, ``truncated`` or what broke the schema.
    """

    why: str


class _Reply(BaseModel):
    """The schema of `services.judge.prompt.response_format`. Strict: no number is read out of a text."""

    model_config = ConfigDict(extra="forbid", strict=True)

    nonce: str
    rendering_reason: str
    rendering: Grade
    relevance_reason: str
    relevance: Grade
    layout_reason: str
    layout: Grade
    beauty_reason: str
    beauty: Grade
    overall_reason: str
    overall: Grade


def read(text: str, nonce: str) -> Sample | Unreadable:
    """Read one reply's text."""
    try:
        reply = _Reply.model_validate_json(text)
    except ValidationError as error:
        return Unreadable(f"schema broken: {_problems(error)}")
    if reply.nonce != nonce:
        return Unreadable("wrong nonce")
    criteria = {name: getattr(reply, name) for name in CRITERIA}
    reasons = [f"{name}: {_short(getattr(reply, f'{name}_reason'))}" for name in (*CRITERIA, "overall")]
    return Sample(criteria=criteria, overall=reply.overall, reason="\n".join(reasons))


def _problems(error: ValidationError) -> str:
    found = [f"{'.'.join(map(str, e['loc'])) or 'reply'} {e['type']}" for e in error.errors(include_input=False)]
    return ", ".join(found[:3])


def _short(reason: str) -> str:
    return reason.replace("\0", "").strip()[:REASON_LIMIT]


def weighed(sample: Sample, text: str, tokens: Sequence[Token]) -> Sample:
    """The sample with expected grades, wherever the answer's tokens tell them."""
    stated = {**sample.criteria, "overall": sample.overall}
    grades = {name: expected(text, tokens, name, value) for name, value in stated.items()}
    criteria = {name: grades[name].value for name in sample.criteria}
    sources = {name: grade.source for name, grade in grades.items()}
    return replace(sample, criteria=criteria, overall=grades["overall"].value, sources=sources)
