"""The pipeline around the real judge stage: evaluations whose screenshots a scripted VLM server grades over HTTP."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from pydantic import SecretStr

from services.contract import Evaluation, StageReport, Status
from services.judge.control import control_shot
from services.judge.protocol import CRITERIA
from services.judge.vlm import VlmJudge
from services.judge.worker import make_judge_stage
from services.pipeline.work import StageJob, StageResult, StageWork
from services.settings import JudgeChoice
from services.stages import Stage
from tests.support.vlm_faults import UNREADABLE
from tests.support.vlm_server import VlmServer
from tests.support.vlm_wire import image_hash
from tests.support.workshop import Workshop, rollout

KEY = "sk-a-very-secret-key-7351"
SWEEPS = 40
OUR_REASONS = {"judge", "judge-busy", "judge-down"}
CONTROL = image_hash(control_shot().png)


class JudgeBench:
    """Attributes:
    server: who grades.
    shop: the pipeline.
    """

    def __init__(self, server: VlmServer, shop: Workshop, redis: str, **choice: Any) -> None:
        self.server, self.shop = server, shop
        shop.scripts[Stage.RENDER] = render_site
        shop.scripts[Stage.JUDGE] = _judge(server, redis, choice)

    def run(self, evaluations: int, workers: int = 4, sweep: float = 60.0) -> list[Evaluation]:
        """Judge so many sites, several at a time, until every evaluation has ended.

        Args:
            sweep: seconds that pass for the pipeline, though not for the judge, between two rounds.
        """
        queued = self.shop.submit(*(rollout(n, f"site {n}") for n in range(evaluations)))
        for _ in range(SWEEPS):
            self._work(workers)
            ended = [self.shop.get(each) for each in queued]
            if all(each.status in (Status.SCORED, Status.UNSCORED) for each in ended):
                return ended
            self.shop.sweep(sweep)
        raise AssertionError(f"not ended: {[(each.status, each.stage) for each in ended]}")

    def check(self, ended: Evaluation) -> None:
        """Scored with the grades that the server gave to this picture and with no other number; else unscored for a
        reason of the judge's, without a number. A candidate's refusal is one that the server did tell."""
        if ended.status is Status.UNSCORED:
            assert ended.reward is None
            assert ended.unscored_reason in OUR_REASONS
            return
        told = [sample["criteria"] for sample in report_of(ended, Stage.JUDGE).facts["samples"]]
        if not told:
            assert self.was_refused(ended)
            return
        given = self.server.grades(picture_of(ended))
        wanted = {name: given[name] for name in CRITERIA}
        assert told == [wanted] * len(told)
        assert ended.components["appearance"] == pytest.approx(fmean(wanted.values()))

    def was_refused(self, ended: Evaluation) -> bool:
        """Whether the server gave this picture no readable answer at least twice, and graded a control."""
        refused = [call for call in self.server.requests if call.images[0] == picture_of(ended)]
        graded = {call.images[0] for call in self.server.requests if call.mode == "normal"}
        return sum(call.mode in UNREADABLE for call in refused) >= 2 and CONTROL in graded

    def _work(self, workers: int) -> None:
        threads = [threading.Thread(target=self.shop.drain) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def picture_of(ended: Evaluation) -> str:
    """The SHA-256 of its screenshot."""
    return report_of(ended, Stage.RENDER).artifacts["home.png"].blob


def report_of(ended: Evaluation, stage: Stage) -> StageReport:
    return next(report for report in ended.reports if report.stage is stage)


def picture(completion: str) -> bytes:
    """What a site looks like. Bytes after the end of a PNG are allowed."""
    return control_shot().png + hashlib.sha256(completion.encode()).digest()


def render_site(job: StageJob) -> StageResult:
    """The render stage's work: a picture of each site's own."""
    shot = job.keep(picture(job.completion), "image/png")
    return StageResult(passed=True, facts={"functional": True, "shot_hash": shot.blob}, artifacts={"home.png": shot})


def _judge(server: VlmServer, redis: str, choice: dict[str, Any]) -> StageWork:
    given = {"kind": "vlm", "base_url": server.base_url, "model": "eye-1", "api_key": SecretStr(KEY), **choice}
    judge = VlmJudge(JudgeChoice.model_validate(given), redis)
    work = make_judge_stage(judge)
    # The workshop's runs are pinned to versions of its own.
    return lambda job: work(replace(job, versions={"judge": judge.version}))


@contextmanager
def judge_bench(folder: Path, redis: str, **choice: Any) -> Iterator[JudgeBench]:
    """A bench with a server of its own, in an SQLite database of its own."""
    with VlmServer(api_key=KEY) as server:
        shop = Workshop(f"sqlite:///{folder}/records.db", folder / "room")
        try:
            yield JudgeBench(server, shop, redis, **choice)
        finally:
            shop.records.close()
