"""Bodies of the HTTP calls, apart from the rollout and the evaluation themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

from services.contract.evaluation import Evaluation, Status
from services.contract.rollout import Identifier, Rollout, Text
from services.contract.spending import RunSpending

MAX_BATCH = 1_024
"""Rollouts in one call."""

MAX_SAMPLES = 16
"""Verdicts of one judging."""

MAX_WAIT_SECONDS = 50.0
MAX_QUERY = 4_096


EvaluationId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class Submission(BaseModel):
    """Body of ``POST /v1/evaluations`` and ``POST /v1/score``.

    Attributes:
        run: name of the training run.
        profile: reward profile; the run's own after its first submission, ``cascade`` by default.
        accept_versions: go on although the service's versions differ from those the run is pinned to.
    """

    model_config = ConfigDict(extra="forbid")

    run: Identifier
    profile: Identifier | None = None
    accept_versions: bool = False
    rollouts: list[Rollout] = Field(min_length=1)


class Accepted(BaseModel):
    """One evaluation per rollout, in the order sent."""

    evaluations: list[Evaluation]


class EvaluationQuery(BaseModel):
    """Body of ``POST /v1/evaluations/query``; ``wait`` in seconds.

    ``brief``: evaluations that have not ended come without their reports; for who asks again until they have.
    """

    model_config = ConfigDict(extra="forbid")

    ids: list[EvaluationId] = Field(min_length=1, max_length=MAX_QUERY)
    wait: float = Field(default=0.0, ge=0.0, le=MAX_WAIT_SECONDS)
    brief: bool = False


class QueryAnswer(BaseModel):
    """Evaluations in the order asked; ``pending`` names those that have not ended."""

    evaluations: list[Evaluation]
    pending: list[str]


class ScoreAnswer(BaseModel):
    """Rewards and evaluations in the order sent; ``pending`` names those still running at the deadline."""

    rewards: list[float | None]
    evaluations: list[Evaluation]
    pending: list[str]


class RejudgeRequest(BaseModel):
    """Body of ``POST /v1/evaluations/{id}/rejudge``.

    Attributes:
        rollout_id: of the new evaluation; made up where left out. The same call again under it gets the same
            evaluation.
        model: model to ask, one that the operator allows; the service's own where left out.
        prompt: version of the judge's prompt, for example ``rubric-1``; the service's own where left out.
        samples: verdicts to ask for; as many as the run's profile says where left out.
    """

    model_config = ConfigDict(extra="forbid")

    rollout_id: Identifier | None = None
    model: Text | None = Field(default=None, min_length=1, max_length=200)
    prompt: Identifier | None = None
    samples: int | None = Field(default=None, ge=1, le=MAX_SAMPLES)

    @field_validator("samples", mode="before")
    @classmethod
    def _whole(cls, value: object) -> object:
        """JSON knows one kind of number: 2.0 is 2."""
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def asked(self) -> dict[str, str | int]:
        """What of the judge is asked for, by name; without what was left out."""
        return self.model_dump(include={"model", "prompt", "samples"}, exclude_none=True)


class EvaluationPage(BaseModel):
    evaluations: list[Evaluation]
    next_cursor: str | None = None


class RunSummary(BaseModel):
    """One run in a listing."""

    run: str
    profile: str
    profile_hash: str
    versions: dict[str, str]
    created_at: datetime
    cancelled: bool
    counts: dict[Status, int]


class RunPage(BaseModel):
    runs: list[RunSummary]
    next_cursor: str | None = None


class RunStatistics(RunSummary):
    """A run with its reward statistics.

    Attributes:
        mean_reward: mean over scored evaluations; null where there are none.
        bands: outcome band -> evaluations.
        unscored_reasons: reason -> evaluations.
        spending: what judging cost.
    """

    mean_reward: float | None
    bands: dict[str, int]
    unscored_reasons: dict[str, int]
    spending: RunSpending
