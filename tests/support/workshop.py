"""A pipeline with every part real but the network and the tools: records, claims, routing and runner as they are,
messages in memory, stages that do what the test says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.broker import MemoryBroker
from services.contract import Evaluation, RejudgeRequest, Rollout, Submission
from services.pipeline import reaper
from services.pipeline.desk import Desk
from services.pipeline.runner import Runner
from services.pipeline.service import Pipeline
from services.pipeline.versions import announce
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import built_in
from services.stages import Stage
from services.stores.blobs import BlobStore, MemoryBlobs
from services.stores.migrations import upgrade
from services.stores.records import Records

VERSIONS = {"rules": "1", "toolchain": "1", "browser": "1", "render": "1", "judge": "scripted"}
Script = Callable[[StageJob], StageResult]


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class Workshop:
    """Drive it with `submit`, `drain` and `sweep`; replace a stage's behaviour with `scripts`."""

    def __init__(self, url: str, folder: Path, blobs: BlobStore | None = None) -> None:
        upgrade(url)
        self.clock = Clock()
        self.records = Records(url)
        self.broker = MemoryBroker()
        self.blobs = blobs or MemoryBlobs()
        self.desk = Desk(self.records, self.broker, self.clock)
        self.pipeline = Pipeline(self.desk, self.blobs)
        self.runner = Runner(self.desk, self.blobs, VERSIONS, folder)
        self.scripts: dict[Stage, Script] = {}
        self.worked: Counter[Stage] = Counter()
        announce(self.records, VERSIONS, self.clock())

    def submit(self, *rollouts: Rollout, run: str = "run", **options: Any) -> list[Evaluation]:
        submission = Submission(run=run, rollouts=list(rollouts), **options)
        return self.pipeline.submit(submission, max_queued=1_000, request_id="test")

    def drain(self, limit: int = 10_000) -> None:
        """Deliver messages until none is left."""
        while self.broker.sent and limit:
            self.deliver()
            limit -= 1

    def deliver(self) -> None:
        """Deliver the oldest message."""
        stage, evaluation_id = self.broker.sent.popleft()
        self.runner.run(stage, evaluation_id, self._work(stage))

    def sweep(self, after: float = 60.0, watching_since: float = reaper.NEVER) -> int:
        """Let time pass, then let the reaper make one round."""
        self.clock.now += after
        return reaper.sweep(self.desk, watching_since)

    def rejudge(self, evaluation: Evaluation, **wanted: Any) -> Evaluation:
        body = RejudgeRequest(**wanted)
        return self.pipeline.rejudge(evaluation.id, body, max_queued=1_000, request_id="test")

    def get(self, evaluation: Evaluation) -> Evaluation:
        return self.pipeline.get([evaluation.id])[0]

    def _work(self, stage: Stage) -> Script:
        def work(job: StageJob) -> StageResult:
            self.worked[stage] += 1
            return self.scripts.get(stage, DEFAULTS[stage])(job)

        return work


def rollout(number: int = 0, completion: str = "a site", **fields: Any) -> Rollout:
    return Rollout(id=f"r{number}", instruction="Make a site", completion=completion, step=1, **fields)


STATIC = [profile.static for profile in built_in().values()]
ALL_RULES = {rule for s in STATIC for rule in (*s.gates, *(s.notes or ()), *s.format, *s.code_format)}


def lint(job: StageJob) -> StageResult:
    source = job.keep(job.completion.encode(), "application/json")
    facts = {"static": dict.fromkeys(sorted(ALL_RULES), True), "source_hash": source.blob}
    return StageResult(passed=True, facts=facts, artifacts={"source.json": source})


def resolve(job: StageJob) -> StageResult:
    return StageResult(passed=True, facts={"dependency_set": "set"})


def build(job: StageJob) -> StageResult:
    bundle = job.keep(b"bundle of " + job.read(Stage.LINT, "source.json"), "application/zip")
    return StageResult(passed=True, artifacts={"bundle.zip": bundle})


def render(job: StageJob) -> StageResult:
    shot = job.keep(b"shot of " + job.read(Stage.BUILD, "bundle.zip"), "image/png")
    return StageResult(passed=True, facts={"functional": True, "shot_hash": shot.blob}, artifacts={"home.png": shot})


def judge(job: StageJob) -> StageResult:
    criteria = dict.fromkeys(("rendering", "relevance", "layout", "beauty"), 4.0)
    facts = {"kind": "scripted", "model": "scripted", "samples": [{"criteria": criteria, "overall": 4.0}]}
    return StageResult(passed=True, facts=facts)


DEFAULTS: dict[Stage, Script] = {
    Stage.LINT: lint,
    Stage.RESOLVE: resolve,
    Stage.BUILD: build,
    Stage.RENDER: render,
    Stage.JUDGE: judge,
}
FINISHED = 4.2
"""The reward of a rollout under the default stages: 4 for its looks, 0.1 each for function and format."""
