"""A finding: one rule's result."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.contract.clean import clean

MESSAGE_LIMIT = 2_000


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(BaseModel):
    """One rule's result on one rollout.

    Attributes:
        rule: stable id in the form ``area/name``, for example ``static/entry-point`` or ``build/syntax``.
        severity: ``error`` (the rule failed), ``warning`` (a repair, or a doubt), ``info``.
        message: one or two sentences that the model's owner can act on.
        file: path inside the site source, where there is one.
        line: 1-based line in that file.
    """

    model_config = ConfigDict(frozen=True)

    rule: str = Field(max_length=80)
    severity: Severity
    message: str = Field(max_length=MESSAGE_LIMIT)
    file: str | None = None
    line: int | None = None

    @field_validator("message", "file", mode="before")
    @classmethod
    def _quotes_what_cannot_be_stored(cls, value: object) -> object:
        """Candidates' words are quoted here: nothing that they wrote may make a finding impossible."""
        return clean(value)[:MESSAGE_LIMIT] if isinstance(value, str) else value
