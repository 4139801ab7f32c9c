"""The judge process: the only one with the VLM key. Run with ``python -m services.judge.worker``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from services.contract import StageReport
from services.contract.words import WORDS, PageWords, words_from_bytes
from services.errors import JudgeError, VersionMismatch
from services.judge.accounting import require_prices
from services.judge.calling import calls_introduced
from services.judge.colours import colour_facts
from services.judge.factory import make_judge
from services.judge.protocol import HOME, MOBILE, Case, Judge, Shot, Unmetered
from services.judge.shots import showable
from services.judge.stage import judge_shots, replies_bytes
from services.judge.variants import named_models, variants
from services.pipeline.factory import make_till
from services.pipeline.spending import RunMeter, Till
from services.pipeline.versions import Offer
from services.pipeline.work import StageJob, StageResult, StageWork
from services.pipeline.worker import Worker, serve
from services.settings import JudgeChoice, JudgeSettings
from services.stages import Stage

REPLY = "judge.json"

_SHOWN = re.compile(r"(home|home-mobile|route-\d+)\.png")


def make_judge_stage(judge: Judge, others: Sequence[Judge] = (), till: Till | None = None) -> StageWork:
    """The stage's work: the render stage's screenshots in, a verdict out.

    Args:
        others: judges besides, for evaluations that are pinned to one of them.
        till: where runs pay; without one, nothing is counted and the facts hold no ``spending``.
    """
    by_version = {each.version: each for each in (*others, judge)}

    def work(job: StageJob) -> StageResult:
        asked = by_version.get(job.versions.get("judge", judge.version))
        if asked is None:
            raise VersionMismatch(f"the evaluation asks for judge {job.versions['judge']}, which is not here")
        meter = till.meter(job.run) if till else None
        case = replace(make_case(job), meter=meter or Unmetered())
        with keeping_replies(job, asked):
            judged = judge_shots(asked, case, read_words(job))
        colours = colour_facts(case.instruction, [shot.png for shot in showable(case.shots).shots])
        return StageResult(
            passed=judged.passed,
            findings=judged.findings,
            facts={**judged.facts, "colours": colours, **paid(meter)},
            artifacts={REPLY: job.keep(judged.reply, "application/json")},
        )

    return work


@contextmanager
def keeping_replies(job: StageJob, judge: Judge) -> Iterator[None]:
    """What a judge replied is kept, also where it came to no verdict."""
    try:
        yield
    except JudgeError as error:
        if error.replies:
            kept = job.keep(replies_bytes(judge.version, error.replies), "application/json")
            error.left = {REPLY: kept.model_dump(mode="json")}
        raise


def paid(meter: RunMeter | None) -> dict[str, Any]:
    """The fact of what a judging cost."""
    return {"spending": meter.spending().model_dump(mode="json")} if meter else {}


def make_case(job: StageJob) -> Case:
    """What a judge may be shown, in order; which of it, is the judge's choice."""
    render = job.reports[Stage.RENDER]
    names = shot_names(render)
    routes = {route.get("shot"): str(route.get("path", "/")) for route in render.facts.get("routes", [])}
    shots = tuple(Shot(name=n, route=routes.get(n, "/"), png=job.read(Stage.RENDER, n)) for n in names)
    return Case(
        instruction=job.instruction,
        shots=shots,
        facts=dict(render.facts),
        samples=job.asked.get("samples", job.profile.judge.samples),
    )


def read_words(job: StageJob) -> dict[str, PageWords] | None:
    """The texts behind the screenshots; None where the render stage kept none."""
    if WORDS not in job.reports[Stage.RENDER].artifacts:
        return None
    try:
        return words_from_bytes(job.read(Stage.RENDER, WORDS))
    except ValueError as error:
        raise JudgeError("the texts of the screenshots cannot be read") from error


def shot_names(render: StageReport) -> list[str]:
    """Names of the first screens: home, then routes by number, then home at mobile width; without routes that look the
    same as a page before them, so that copies add nothing."""
    copies = {route.get("shot") for route in render.facts.get("routes", []) if route.get("identical_to") is not None}
    names = [name for name in render.artifacts if _SHOWN.fullmatch(name) and name not in copies]
    return sorted(names, key=lambda name: (name != HOME, name == MOBILE, len(name), name))


def make_offers(choice: JudgeChoice) -> list[Offer]:
    """What callers may ask for when they have screenshots judged again.

    Raises:
        JudgeError: the settings name a model or a prompt that cannot be asked.
    """
    return [
        Offer(make_judge(variant.choice).version, variant.model, variant.prompt, standard=number == 0)
        for number, variant in enumerate(variants(choice))
    ]


def main() -> None:
    settings = JudgeSettings()
    version = make_judge(settings.judge).version
    if settings.judge.kind == "vlm":
        require_prices(named_models(settings.judge), settings.judge_costs)

    def make_work() -> Mapping[Stage, StageWork]:
        if settings.judge.kind == "vlm":
            calls_introduced()
        shared = settings.broker.url
        others = [make_judge(variant.choice, shared) for variant in variants(settings.judge)]
        return {Stage.JUDGE: make_judge_stage(make_judge(settings.judge, shared), others, make_till(settings))}

    serve(
        Worker(
            name="judge",
            settings=settings,
            blobs=settings.blobs,
            concurrency=settings.concurrency,
            stages=(Stage.JUDGE,),
            make_work=make_work,
            versions={"judge": version},
            offers=make_offers(settings.judge),
        )
    )


if __name__ == "__main__":
    main()
