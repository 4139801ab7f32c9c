"""The judge process: the only one with the VLM key. Run with ``python -m services.judge.worker``."""

from __future__ import annotations

import re
from collections.abc import Mapping

from services.contract import StageReport
from services.judge.colours import colour_facts
from services.judge.factory import make_judge
from services.judge.protocol import Case, Judge, Shot
from services.judge.shots import showable
from services.judge.stage import judge_shots
from services.pipeline.work import StageJob, StageResult, StageWork
from services.pipeline.worker import Worker, serve
from services.settings import JudgeSettings
from services.stages import Stage

REPLY = "judge.json"

_JUDGED = re.compile(r"(home|route-\d+)\.png")


def make_judge_stage(judge: Judge) -> StageWork:
    """The stage's work: the render stage's screenshots in, a verdict out."""

    def work(job: StageJob) -> StageResult:
        case = make_case(job)
        judged = judge_shots(judge, case)
        colours = colour_facts(case.instruction, [shot.png for shot in showable(case.shots).shots])
        return StageResult(
            passed=judged.passed,
            findings=judged.findings,
            facts={**judged.facts, "colours": colours},
            artifacts={REPLY: job.keep(judged.reply, "application/json")},
        )

    return work


def make_case(job: StageJob) -> Case:
    """What the judge is shown: home first, then the further routes."""
    render = job.reports[Stage.RENDER]
    names = shot_names(render)
    routes = {route.get("shot"): str(route.get("path", "/")) for route in render.facts.get("routes", [])}
    shots = tuple(Shot(name=n, route=routes.get(n, "/"), png=job.read(Stage.RENDER, n)) for n in names)
    return Case(instruction=job.instruction, shots=shots, facts=dict(render.facts), samples=job.profile.judge.samples)


def shot_names(render: StageReport) -> list[str]:
    """Names of the first screens at desktop width, ``home.png`` first, then routes by number; without routes that look
    the same as a page before them, so that copies add nothing."""
    copies = {route.get("shot") for route in render.facts.get("routes", []) if route.get("identical_to") is not None}
    names = [name for name in render.artifacts if _JUDGED.fullmatch(name) and name not in copies]
    return sorted(names, key=lambda name: (name != "home.png", len(name), name))


def main() -> None:
    settings = JudgeSettings()
    version = make_judge(settings.judge).version

    def make_work() -> Mapping[Stage, StageWork]:
        return {Stage.JUDGE: make_judge_stage(make_judge(settings.judge))}

    serve(
        Worker(
            name="judge",
            settings=settings,
            blobs=settings.blobs,
            concurrency=settings.concurrency,
            stages=(Stage.JUDGE,),
            make_work=make_work,
            versions={"judge": version},
        )
    )


if __name__ == "__main__":
    main()
