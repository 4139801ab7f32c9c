"""What a stage is given and what it gives back. The stages themselves live in the worker packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.contract import Artifact, Finding, StageReport
from services.rewards.profile import Profile
from services.stages import Stage
from services.stores.blobs import BlobStore


@dataclass(frozen=True, slots=True)
class StageJob:
    """One claimed stage of one evaluation.

    Attributes:
        instruction: what the site should be.
        completion: the completion as one text.
        truncated: the completion ended at the token limit.
        profile: the run's reward profile.
        reports: reports of the stages before this one.
        alone: nothing else runs beside this job on this worker: a repeat after contention or lost claims.
        versions: component -> version that the evaluation is pinned to.
        asked: what a derived evaluation's judge is asked for: ``model``, ``prompt``, ``samples``; empty otherwise.
        blobs: where artifacts are kept.
        run: the training run, which pays for what its judging costs.
    """

    evaluation_id: str
    stage: Stage
    instruction: str
    completion: str
    truncated: bool
    profile: Profile
    reports: Mapping[Stage, StageReport]
    alone: bool
    blobs: BlobStore
    versions: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""

    def read(self, stage: Stage, artifact: str) -> bytes:
        """Content of an artifact of an earlier stage.

        Raises:
            BlobError: the blob is missing or unreadable.
        """
        return self.blobs.get(self.reports[stage].artifacts[artifact].blob)

    def keep(self, content: bytes, media_type: str) -> Artifact:
        """Store a blob and name it as an artifact."""
        return Artifact(blob=self.blobs.put(content), media_type=media_type, size=len(content))


@dataclass(frozen=True, slots=True)
class StageResult:
    """What a stage found. Becomes a report, unless it is contended and may run once more.

    Attributes:
        contended: it ended at a limit that our own load may have caused, or by a browser that died without a
            limit: one quiet run alone decides before anyone is blamed.
    """

    passed: bool
    findings: tuple[Finding, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    limit_hit: str | None = None
    contended: bool = False


StageWork = Callable[[StageJob], StageResult]
"""A stage's whole work. Raises `InfrastructureError` where the fault is ours, and nothing for a candidate."""
