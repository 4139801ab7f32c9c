"""Which judge grades, and how it is asked. Frozen values."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from services.settings.groups import Group
from services.stages import POLICIES, Stage

LONGEST_DEADLINE = 0.4 * POLICIES[Stage.JUDGE].hard_limit
"""Seconds: where a case is judged twice, once with parts of it masked, both end before the worker process would."""


class JudgeLimits(Group):
    """What all judge processes together may ask of one server. None: as much as they like.

    Attributes:
        concurrency: calls at a time.
        requests_per_minute, tokens_per_minute: in any window of 60 seconds. Tokens are those in and out, by estimate
            until a call has ended. As nobody knows when within a call the server counts it, one counts from its
            beginning until a minute after its end: with calls of ten seconds 60 a minute are 51.
        window: seconds of what is called a minute here, for servers that count otherwise.
        breaker_failures: calls that fail one after another before the circuit opens. While it is open no call is made,
            and evaluations wait for up to five minutes (`services.stages.POLICIES`).
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


class JudgeShots(Group):
    """Which screenshots a VLM is shown, and how large. What they cost in tokens: `services.judge.tokens`.

    Attributes:
        routes: further pages besides home, at most.
        mobile: the home page at mobile width too, where it was taken.
        longest_edge: pixels; a screenshot with a longer one is made smaller, never larger.
        detail: as the API names it; ``low`` lets the server reduce every picture to a thumbnail.
    """

    routes: int = Field(default=2, ge=0, le=6)
    mobile: bool = True
    longest_edge: int = Field(default=1_280, ge=256, le=6_000)
    detail: Literal["low", "high", "auto"] = "high"


class JudgeChoice(Group):
    """Which judge, chosen explicitly; there is no fall-back from one to another. All but ``kind`` is for ``vlm``.

    Attributes:
        kind: ``vlm``, ``heuristic`` or ``scripted``.
        base_url, api_key, model: of an OpenAI-compatible server.
        panel: further models of the same server that grade every case beside ``model``.
        combine: how the grades of a panel become one.
        allow_aliases: names that may stand for another model tomorrow are not refused (`services.judge.models`).
        prompt: version of the judge's prompt (a file of ``services/judge/prompts``); the newest where left out.
        rejudge_models: further models that callers may name when they have screenshots judged again. The key pays.
        temperature: as the API names it.
        log_probabilities: grades as expected values over what the model might have said (`services.judge.expected`):
            ``on`` insists that the server offers them, ``auto`` takes them where it does.
        shots: which screenshots.
        concurrency: calls of one judging that are under way at the same time.
        timeout: seconds for one call.
        deadline: seconds for one judging with all its calls and waits.
        retries: repeats of a call that the server failed at.
        limits: of the calls of all judge processes together.
    """

    kind: Literal["vlm", "heuristic", "scripted"] | None = None
    base_url: str | None = None
    api_key: SecretStr | None = None
    model: str | None = None
    panel: tuple[str, ...] = ()
    combine: Literal["mean", "median"] = "mean"
    allow_aliases: bool = False
    prompt: str | None = None
    rejudge_models: tuple[str, ...] = ()
    temperature: float = Field(default=1.0, ge=0, le=2)
    log_probabilities: Literal["auto", "on", "off"] = "auto"
    shots: JudgeShots = JudgeShots()
    concurrency: int = Field(default=8, ge=1, le=64)
    timeout: float = Field(default=60.0, gt=0)
    deadline: float = Field(default=150.0, gt=0, le=LONGEST_DEADLINE)
    retries: int = Field(default=4, ge=0, le=20)
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
