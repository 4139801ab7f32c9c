"""Which judge grades, and how it is asked. Frozen values."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from services.settings.groups import Group


class JudgeLimits(Group):
    """What all judge processes together may ask of one server. None: as much as they like.

    Attributes:
        concurrency: calls at a time.
        requests_per_minute, tokens_per_minute: in any window of 60 seconds. Tokens are those in and out, by estimate
            until a call has ended. As nobody knows when within a call the server counts it, one counts from its
            beginning until a minute after its end: with calls of ten seconds 60 a minute are 51.
        window: seconds of what is called a minute here, for servers that count otherwise.
        breaker_failures: calls that fail one after another before the circuit opens.
        breaker_share: share of failed calls within a minute that opens it too, once there are ``breaker_calls``.
        breaker_calls: ended calls in a minute from which on the share is looked at.
        breaker_pause: seconds for which it opens at first; then one call tries. Doubled with each that fails,
            up to ``breaker_longest``.
    """

    concurrency: int | None = Field(default=None, ge=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    window: float = Field(default=60.0, gt=0, le=3_600)
    breaker_failures: int | None = Field(default=5, ge=1)
    breaker_share: float | None = Field(default=0.5, gt=0, le=1)
    breaker_calls: int = Field(default=20, ge=1)
    breaker_pause: float = Field(default=5.0, gt=0)
    breaker_longest: float = Field(default=60.0, gt=0)


class JudgeChoice(Group):
    """Which judge, chosen explicitly; there is no fall-back from one to another.

    Attributes:
        kind: ``vlm``, ``heuristic`` or ``scripted``.
        base_url, api_key, model: of an OpenAI-compatible server, for ``vlm``.
        prompt: version of the judge's prompt (a file of ``services/judge/prompts``); the newest where left out.
        rejudge_models: further models that callers may name when they have screenshots judged again. The key pays.
        timeout: seconds for one call.
        limits: of the calls, for ``vlm``.
    """

    kind: Literal["vlm", "heuristic", "scripted"] | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    prompt: str | None = None
    rejudge_models: tuple[str, ...] = ()
    timeout: float = Field(default=60.0, gt=0)
    temperature: float = Field(default=1.0, ge=0, le=2)
    limits: JudgeLimits = JudgeLimits()


Amount = Annotated[Decimal, Field(ge=0, max_digits=11, decimal_places=4)]


class Price(Group):
    """What a million tokens cost, in the currency of the table: those that go in, and those that come out."""

    prompt: Amount
    completion: Amount


class JudgeCosts(Group):
    """What judging costs, and how much of it a run may. The same in the gateway and in every judge process.

    Attributes:
        prices: by the model's name as it is asked for. A ``*`` stands for any characters; where several names match,
            the exact one counts, then the longest. A model without a price costs an unknown amount, never nothing.
        currency: of the prices and of the budget, by its three letters.
        budget: what one run may spend. None: as much as it likes.
    """

    prices: dict[str, Price] = Field(default_factory=dict)
    currency: str = Field(default="USD", pattern=r"^[A-Z]{3}$")
    budget: Amount | None = None
