"""One settings class per process: a process reads nothing that it does not need."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.settings.groups import (
    BlobSettings,
    BrokerSettings,
    MetricsSettings,
    RecordSettings,
    RetentionSettings,
    SandboxSettings,
    ToolSettings,
)
from services.settings.judge import JudgeChoice, JudgeCosts

# An error never quotes what it was given: a key under a misspelled name would be in the log.
_CONFIG = SettingsConfigDict(
    env_prefix="WEBGEN_", env_nested_delimiter="__", frozen=True, extra="ignore", hide_input_in_errors=True
)


class ProcessSettings(BaseSettings):
    """What every process has.

    Attributes:
        log_level: the least that is logged, as Python names it.
        log_json: structured logs as JSON lines; off, as text for people.
        alive: file that the process touches every few seconds while it works or waits for work.
    """

    model_config = _CONFIG

    broker: BrokerSettings = BrokerSettings()
    records: RecordSettings = RecordSettings()
    metrics: MetricsSettings = MetricsSettings()
    log_level: str = "INFO"
    log_json: bool = True
    alive: Path | None = None


class GatewaySettings(ProcessSettings):
    """Attributes:
    host, port: where it listens.
    auth: bearer API keys are required; off only in embedded mode on loopback.
    max_queued: evaluations that have not ended; beyond it 429.
    max_body_bytes: of one request.
    max_batch: rollouts in one call.
    score_deadline: seconds that ``POST /v1/score`` waits at most.
    judge_costs: as the judge has them; here to say what a run spent and has left.
    """

    blobs: BlobSettings = BlobSettings()
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65_535)
    auth: bool = True
    max_queued: int = Field(default=10_000, ge=1)
    max_body_bytes: int = Field(default=64_000_000, ge=1_000)
    max_batch: int = Field(default=1_024, ge=1)
    score_deadline: float = Field(default=900.0, gt=0)
    judge_costs: JudgeCosts = JudgeCosts()


class ReaperSettings(ProcessSettings):
    """``interval``: seconds between two sweeps."""

    interval: float = Field(default=5.0, gt=0)


class CleanSettings(ProcessSettings):
    """``webgen-reward clean``."""

    blobs: BlobSettings = BlobSettings()
    retention: RetentionSettings = RetentionSettings()


class StageSettings(ProcessSettings):
    """``concurrency``: jobs at a time in one worker."""

    concurrency: int = Field(default=2, ge=1, le=64)
    blobs: BlobSettings = BlobSettings()
    tools: ToolSettings = Field(default_factory=ToolSettings)
    sandbox: SandboxSettings = SandboxSettings()


class BuildSettings(StageSettings):
    """Lint and build workers."""


class ResolveSettings(StageSettings):
    """The resolver: the only process, with the judge, that reaches out.

    Attributes:
        registry: npm registry address; npm's own configuration where left out.
        tarballs: addresses besides the registry's below which it may keep its packages. Without these a package is
            taken from the registry's own address only, as npm tells no other from an address in a dependency.
        share_sets: dependency sets travel as artifacts, for build workers that do not share this folder of sets.
    """

    registry: str | None = None
    tarballs: tuple[str, ...] = ()
    share_sets: bool = False


class RenderSettings(StageSettings):
    """Attributes:
    routes: pages visited besides home.
    width, height: the viewport in CSS pixels.
    browser_life: ``many`` evaluations in one browser, one after another, which needs the browser's own sandbox;
        ``one`` evaluation; ``auto``: many where that sandbox can start, and one without it where it cannot.
    browser_jobs: evaluations after which a browser is replaced.
    """

    browser_life: Literal["auto", "many", "one"] = "auto"
    browser_jobs: int = Field(default=100, ge=1)
    routes: int = Field(default=6, ge=0, le=20)
    width: int = Field(default=1280, ge=320, le=3_840)
    height: int = Field(default=800, ge=240, le=2_160)


class JudgeSettings(ProcessSettings):
    """``concurrency``: evaluations judged at a time in one worker."""

    concurrency: int = Field(default=4, ge=1, le=64)
    blobs: BlobSettings = BlobSettings()
    judge: JudgeChoice = JudgeChoice()
    judge_costs: JudgeCosts = JudgeCosts()
