"""Which judge grades, and how it is asked. Frozen values."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from services.settings.groups import Group


class JudgeChoice(Group):
    """Which judge, chosen explicitly; there is no fall-back from one to another.

    Attributes:
        kind: ``vlm``, ``heuristic`` or ``scripted``.
        base_url, api_key, model: of an OpenAI-compatible server, for ``vlm``.
        timeout: seconds for one call.
    """

    kind: Literal["vlm", "heuristic", "scripted"] | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    timeout: float = Field(default=60.0, gt=0)
    temperature: float = Field(default=1.0, ge=0, le=2)
