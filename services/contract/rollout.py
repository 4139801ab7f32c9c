"""A rollout: what a trainer sends."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, field_validator

MAX_METADATA_BYTES = 16_384
MAX_COMPLETION_CHARACTERS = 4_000_000


def refuse_nul(value: str) -> str:
    """NUL can be stored in no SQL text and shown on no page. Lone surrogates are refused by pydantic itself."""
    if "\0" in value:
        raise ValueError("contains a NUL character; remove it or replace it, for example with U+FFFD")
    return value


def has_nul(value: object) -> bool:
    """Whether any text in a JSON value, keys included, holds a NUL."""
    if isinstance(value, dict):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    if isinstance(value, list):
        return any(map(has_nul, value))
    return isinstance(value, str) and "\0" in value


Text = Annotated[str, AfterValidator(refuse_nul), Field(json_schema_extra={"pattern": r"^[^\u0000]*$"})]
Identifier = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@+-]*$")]


class ChatMessage(BaseModel):
    """One message of a completion in chat form. Unknown keys are ignored, as trainers add their own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    role: Text = Field(max_length=40)
    content: Text = Field(max_length=MAX_COMPLETION_CHARACTERS)


_GROUP_SCHEMA = {
    "anyOf": [
        {"type": "string", "maxLength": 200, "pattern": r"^[^\u0000]*$"},
        {"type": "integer"},
        {"type": "null"},
    ]
}

Completion = (
    Annotated[Text, Field(max_length=MAX_COMPLETION_CHARACTERS)]
    | Annotated[list[ChatMessage], Field(min_length=1, max_length=64)]
)


class Rollout(BaseModel):
    """One completion for one instruction, and where it belongs.

    Attributes:
        id: unique in its run; the same body again under it is the same evaluation. Made up where left out.
        instruction: what the site should be, as the model was asked.
        completion: the model's whole answer, a string or a list of chat messages.
        step: training step, from 0.
        group: the group of completions of one prompt (GRPO).
        sample: index in the group, from 0.
        truncated: the completion ended at the token limit.
        metadata: the trainer's own, returned unchanged; at most 16 KiB as JSON.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Identifier | None = None
    instruction: Text = Field(min_length=1, max_length=32_000)
    completion: Completion
    step: int | None = Field(default=None, ge=0, le=2**31 - 1)
    group: Annotated[Text | None, WithJsonSchema(_GROUP_SCHEMA, mode="validation")] = Field(
        default=None, max_length=200
    )
    sample: int | None = Field(default=None, ge=0, le=2**31 - 1)
    truncated: bool = False
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("group", mode="before")
    @classmethod
    def _group_as_text(cls, value: object) -> object:
        is_number = isinstance(value, int) and not isinstance(value, bool)
        return str(value) if is_number else value

    @field_validator("metadata")
    @classmethod
    def _metadata_is_small(cls, value: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(value, allow_nan=False)
        if has_nul(value):
            raise ValueError("metadata contains a NUL character; remove it")
        if len(text) > MAX_METADATA_BYTES:
            raise ValueError(f"metadata is larger than {MAX_METADATA_BYTES} bytes as JSON")
        return value

    def completion_text(self) -> str:
        """The completion as one text: assistant messages joined, or the string itself."""
        if isinstance(self.completion, str):
            return self.completion
        return "\n".join(m.content for m in self.completion if m.role == "assistant")

    def body_hash(self) -> str:
        """SHA-256 over everything but the id: tells a repeated submission from a conflicting one."""
        body = self.model_dump(mode="json", exclude={"id"})
        return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
