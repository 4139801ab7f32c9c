"""Rejudging: by another model, prompt or number of samples, and what the records say of it, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from services.contract import Evaluation, RejudgeRequest, Status
from services.errors import Conflict, QueueFull, Unprocessable
from services.pipeline.versions import Offer, announce
from services.pipeline.work import StageJob, StageResult
from services.stages import Stage
from tests.support.workshop import DEFAULTS, FINISHED, VERSIONS, Workshop, rollout

OTHER = "scripted:eye-2:rubric-1"
OFFERS = (
    Offer("scripted", None, "rubric-1", standard=True),
    Offer("scripted", "eye-1", "rubric-1"),
    Offer(OTHER, "eye-2", "rubric-1"),
    Offer("scripted:eye-1:rubric-0", None, "rubric-0"),
    Offer("vlm:eye-3:rubric-1", "eye-3", "rubric-1"),
)


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(database_url, tmp_path / "room")
    announce(workshop.records, VERSIONS, workshop.clock(), OFFERS)
    workshop.runner = replace(workshop.runner, offered=[offer.version for offer in OFFERS])
    yield workshop
    workshop.records.close()


@pytest.fixture
def old(shop: Workshop) -> Evaluation:
    (queued,) = shop.submit(rollout(group="g"))
    shop.drain()
    return shop.get(queued)


def seen_jobs(shop: Workshop) -> list[StageJob]:
    """Jobs that reach the judge from now on."""
    seen: list[StageJob] = []

    def watch(job: StageJob) -> StageResult:
        seen.append(job)
        return DEFAULTS[Stage.JUDGE](job)

    shop.scripts[Stage.JUDGE] = watch
    return seen


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        ({}, "scripted"),
        ({"model": "eye-1"}, "scripted"),
        ({"model": "eye-2"}, OTHER),
        ({"model": "eye-2", "prompt": "rubric-1", "samples": 5}, OTHER),
        ({"prompt": "rubric-0"}, "scripted:eye-1:rubric-0"),
    ],
)
def test_the_worker_is_told_which_judge_and_how_many_samples(
    shop: Workshop, old: Evaluation, wanted: dict[str, object], version: str
) -> None:
    jobs = seen_jobs(shop)
    derived = shop.rejudge(old, **wanted)
    shop.drain()
    ended = shop.get(derived)
    assert (ended.status, ended.derived_from, ended.versions["judge"]) == (Status.SCORED, old.id, version)
    assert [(job.versions["judge"], job.asked) for job in jobs] == [(version, wanted)]
    assert shop.get(old) == old, "the original never changes"


def test_a_model_that_nobody_offers_is_refused_with_those_that_are(shop: Workshop, old: Evaluation) -> None:
    with pytest.raises(Unprocessable, match=r"model 'dear'.*models: eye-1, eye-2.*judge\.rejudge_models"):
        shop.rejudge(old, model="dear")
    with pytest.raises(Unprocessable, match=r"prompt 'rubric-9'.*prompts: rubric-0, rubric-1"):
        shop.rejudge(old, prompt="rubric-9")


def test_a_judge_without_models_says_so(shop: Workshop, old: Evaluation) -> None:
    announce(shop.records, VERSIONS, shop.clock())
    with pytest.raises(Unprocessable, match="neither models nor prompts"):
        shop.rejudge(old, model="eye-1")
    assert shop.rejudge(old, samples=2).derived_from == old.id


def test_kinds_never_mix_whatever_is_offered(shop: Workshop, old: Evaluation) -> None:
    with pytest.raises(Conflict, match="kinds never mix"):
        shop.rejudge(old, model="eye-3")


def test_a_worker_that_does_not_serve_the_wanted_judge_leaves_it_alone(shop: Workshop, old: Evaluation) -> None:
    shop.runner = replace(shop.runner, offered=())
    jobs = seen_jobs(shop)
    derived = shop.rejudge(old, model="eye-2")
    for _ in range(200):
        shop.drain(1)
        shop.clock.now += 6
    ended = shop.get(derived)
    assert jobs == []
    assert (ended.status, ended.reward, ended.unscored_reason) == (Status.UNSCORED, None, "version-mismatch")


def test_the_same_call_under_one_rollout_id_is_one_evaluation(shop: Workshop, old: Evaluation) -> None:
    first = shop.rejudge(old, rollout_id="again", model="eye-2")
    shop.drain()
    second = shop.rejudge(old, rollout_id="again", model="eye-2")
    assert (second.id, second.status, shop.worked[Stage.JUDGE]) == (first.id, Status.SCORED, 2)
    for wanted in ({"model": "eye-1"}, {"model": "eye-2", "samples": 2}, {}):
        with pytest.raises(Conflict, match="used already"):
            shop.rejudge(old, rollout_id="again", **wanted)
    with pytest.raises(Conflict, match="used already"):
        shop.rejudge(first, rollout_id="again", model="eye-2")
    with pytest.raises(Conflict, match="used already"):
        shop.rejudge(old, rollout_id=old.rollout_id)


def test_a_full_queue_takes_no_rejudging(shop: Workshop, old: Evaluation) -> None:
    def rejudge() -> Evaluation:
        return shop.pipeline.rejudge(old.id, RejudgeRequest(), max_queued=1, request_id="test")

    rejudge()
    with pytest.raises(QueueFull):
        rejudge()
    shop.drain()
    assert rejudge().derived_from == old.id


def test_derived_evaluations_count_in_no_statistics_and_are_told_apart(shop: Workshop, old: Evaluation) -> None:
    def best(job: StageJob) -> StageResult:
        criteria = dict.fromkeys(("rendering", "relevance", "layout", "beauty"), 5.0)
        sample = {"criteria": criteria, "overall": 5.0}
        return StageResult(passed=True, facts={"kind": "scripted", "model": "eye-2", "samples": [sample]})

    shop.scripts[Stage.JUDGE] = best
    shop.clock.now += 1
    derived = shop.rejudge(old, model="eye-2")
    shop.drain()
    assert shop.get(derived).reward == 5.2
    run = shop.pipeline.run("run")
    (step,) = shop.pipeline.steps("run", None, 10).steps
    (listed,) = shop.pipeline.runs(None, 10).runs
    assert run.mean_reward == step.mean_reward == FINISHED
    assert run.counts == step.counts == listed.counts == {Status.SCORED: 1}
    found = {
        derived: [e.id for e in shop.pipeline.evaluations("run", cursor=None, limit=9, derived=derived).evaluations]
        for derived in (None, False, True)
    }
    assert found == {None: [old.id, derived.id], False: [old.id], True: [derived.id]}
