"""An evaluation: one rollout's journey through the service, as answers show it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from services.contract.finding import Finding
from services.contract.spending import Spending
from services.stages import Stage


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    SCORED = "scored"
    UNSCORED = "unscored"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (Status.SCORED, Status.UNSCORED, Status.CANCELLED)


class Artifact(BaseModel):
    """Something a stage left behind: a blob with a name.

    Attributes:
        blob: SHA-256 of the content, its address in the blob store.
        media_type: as in HTTP.
        size: bytes.
    """

    model_config = ConfigDict(frozen=True)

    blob: str
    media_type: str
    size: int


class StageReport(BaseModel):
    """What one stage found. Written once.

    Attributes:
        passed: whether the candidate got past this stage.
        findings: results of rules, in the order found.
        facts: what was measured, by name; JSON values.
        artifacts: name -> blob; fetched at ``/v1/evaluations/{id}/artifacts/{name}``.
        seconds: wall time of the work.
        limit_hit: the limit that ended the candidate's process: ``cpu``, ``wall``, ``memory``, ``processes``,
            ``disk`` or ``output``.
        reused: the report was taken over from an equal piece of work.
    """

    model_config = ConfigDict(frozen=True)

    stage: Stage
    passed: bool
    findings: list[Finding] = Field(default_factory=list)
    facts: dict[str, Any] = Field(default_factory=dict)
    artifacts: dict[str, Artifact] = Field(default_factory=dict)
    seconds: float = 0.0
    limit_hit: str | None = None
    reused: bool = False


class JudgeInfo(BaseModel):
    """Who graded the appearance.

    Attributes:
        kind: ``vlm``, ``heuristic`` or ``scripted``.
        model: the model name that the server returned, or the heuristic's version.
        samples: verdicts asked for and combined.
        spread: standard deviation of the samples' appearance, 0 to 5 scale; null with fewer than two.
        reused: the verdict was taken over from an equal rollout's, and cost nothing.
        spending: what this verdict cost; null where that was not counted. Tries that ended without a verdict are the
            run's, and not in it.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    model: str
    samples: int
    spread: float | None = None
    reused: bool = False
    spending: Spending | None = None


class ProfileRef(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    hash: str


class Evaluation(BaseModel):
    """One rollout's journey: the record as the API shows it.

    Attributes:
        stage: the stage reached: the last one that ran, or the one it waits for.
        reward: the number to train on, or null when the evaluation is unscored, cancelled or unfinished.
        band: which row of the profile's outcome table the reward came from, for example ``build-failed``.
        components: name -> its contribution's raw value (``appearance`` 0 to 5, ``functional``, ``format``,
            ``static`` 0 to 1); only what was measured.
        rewards_by_profile: the built-in profiles over the same reports; null where these reports do not
            decide it.
        unscored_reason, unscored_detail: a stable word for what failed on our side, and a sentence for people.
        source_hash, shot_hash: SHA-256 of the site source and of the screenshots; equal work has equal hashes.
        reused: stages whose report was taken over from equal work.
        queue_seconds, work_seconds: time waited and time worked.
    """

    id: str
    run: str
    rollout_id: str
    step: int | None = None
    group: str | None = None
    sample: int | None = None
    truncated: bool = False
    status: Status
    stage: Stage | None = None
    reward: float | None = None
    band: str | None = None
    components: dict[str, float] = Field(default_factory=dict)
    rewards_by_profile: dict[str, float | None] = Field(default_factory=dict)
    reports: list[StageReport] = Field(default_factory=list)
    judge: JudgeInfo | None = None
    unscored_reason: str | None = None
    unscored_detail: str | None = None
    profile: ProfileRef
    versions: dict[str, str] = Field(default_factory=dict)
    source_hash: str | None = None
    shot_hash: str | None = None
    reused: list[Stage] = Field(default_factory=list)
    derived_from: str | None = None
    queue_seconds: float = 0.0
    work_seconds: float = 0.0
    metadata: dict[str, Any] = Field(default_factory=dict)
    created_at: datetime
    ended_at: datetime | None = None
