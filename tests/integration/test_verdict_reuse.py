"""How far a verdict reaches, as the profile says: over one step, over the run, or not at all. Real records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from services.contract import Evaluation, Status
from services.errors import JudgeError
from services.pipeline.runner import Runner
from services.pipeline.versions import announce
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import built_in, built_in_text, parse
from services.stages import Stage
from tests.support.workshop import DEFAULTS, VERSIONS, Workshop, rollout


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    """A workshop whose judge never grades twice alike."""
    workshop = Workshop(database_url, tmp_path / "room")
    numbers = count(1)

    def moody(job: StageJob) -> StageResult:
        criteria = dict.fromkeys(("rendering", "relevance", "layout", "beauty"), next(numbers) / 100)
        return replace(
            DEFAULTS[Stage.JUDGE](job),
            facts={"kind": "scripted", "model": "moody", "samples": [{"criteria": criteria, "overall": 1.0}]},
        )

    workshop.scripts[Stage.JUDGE] = moody
    yield workshop
    workshop.records.close()


def under(shop: Workshop, reuse: str) -> str:
    """The name of a profile with this reach."""
    cascade = built_in()["cascade"]
    rules = cascade.judge.model_copy(update={"verdict_reuse": reuse})
    profile = cascade.model_copy(update={"name": f"reuse-{reuse}", "judge": rules})
    shop.pipeline.put_profile(profile)
    return profile.name


def judged(shop: Workshop, reuse: str, *steps: int | None, run: str = "run") -> list[Evaluation]:
    """Equal rollouts, one for each step, worked one after the other."""
    ended = []
    for step in steps:
        number = sum(shop.worked.values()) * 1_000 + len(ended)
        sent = rollout(number).model_copy(update={"step": step})
        (queued,) = shop.submit(sent, run=run, profile=under(shop, reuse))
        shop.drain()
        ended.append(shop.get(queued))
    assert {evaluation.status for evaluation in ended} == {Status.SCORED}
    return ended


def appearances(evaluations: list[Evaluation]) -> list[float]:
    return [evaluation.components["appearance"] for evaluation in evaluations]


def test_within_a_step_ties_stay_ties_and_the_next_step_asks_anew(shop: Workshop) -> None:
    first, twin, later, later_twin = judged(shop, "step", 1, 1, 2, 2)
    assert appearances([first, twin, later, later_twin]) == [0.01, 0.01, 0.02, 0.02]
    assert [Stage.JUDGE in e.reused for e in (first, twin, later, later_twin)] == [False, True, False, True]


def test_over_a_run_every_step_gets_the_first_verdict(shop: Workshop) -> None:
    assert appearances(judged(shop, "run", 1, 1, 2, None)) == [0.01] * 4
    assert shop.worked[Stage.JUDGE] == 1


def test_never_gives_each_rollout_a_verdict_of_its_own_and_all_else_is_still_shared(shop: Workshop) -> None:
    assert appearances(judged(shop, "never", 1, 1, 2)) == [0.01, 0.02, 0.03]
    assert shop.worked[Stage.RENDER] == 1


@pytest.mark.parametrize("reuse", ["step", "run", "never"])
def test_another_run_asks_anew(shop: Workshop, reuse: str) -> None:
    judged(shop, reuse, 1, run="one")
    judged(shop, reuse, 1, run="two")
    assert shop.worked[Stage.JUDGE] == 2


@pytest.mark.parametrize("reuse", ["step", "run"])
def test_another_instruction_and_other_pictures_ask_anew(shop: Workshop, reuse: str) -> None:
    profile = under(shop, reuse)
    shop.submit(rollout(1), profile=profile)
    shop.submit(rollout(2).model_copy(update={"instruction": "Make a shop"}), profile=profile)
    shop.submit(rollout(3, "another site"), profile=profile)
    shop.drain()
    assert shop.worked[Stage.JUDGE] == 3


@pytest.mark.parametrize("reuse", ["step", "run"])
def test_another_judge_asks_anew(shop: Workshop, reuse: str) -> None:
    """Model and prompt are in the judge's version. During an upgrade a run may go on under another one."""
    (first,) = judged(shop, reuse, 1)
    announce(shop.records, {"judge": "another"}, shop.clock())
    shop.runner = Runner(shop.desk, shop.blobs, VERSIONS | {"judge": "another"}, shop.runner.room)
    (second,) = shop.submit(rollout(2), profile=first.profile.name, accept_versions=True)
    shop.drain()
    assert appearances([first, shop.get(second)]) == [0.01, 0.02]


def test_pictures_that_a_judge_may_be_shown_are_all_in_the_key(shop: Workshop) -> None:
    """Two sites whose home pages look alike, but not in a narrow window."""

    def narrow(job: StageJob) -> StageResult:
        home = job.keep(b"the same", "image/png")
        mobile = job.keep(job.read(Stage.BUILD, "bundle.zip"), "image/png")
        facts = {"functional": True, "shot_hash": home.blob}
        return StageResult(passed=True, facts=facts, artifacts={"home.png": home, "home-mobile.png": mobile})

    shop.scripts[Stage.RENDER] = narrow
    shop.submit(rollout(1, "one"), rollout(2, "two"))
    shop.drain()
    assert shop.worked[Stage.JUDGE] == 2


def test_equal_pictures_of_different_sources_tie(shop: Workshop) -> None:
    def alike(job: StageJob) -> StageResult:
        home = job.keep(b"the same", "image/png")
        return StageResult(
            passed=True, facts={"functional": True, "shot_hash": home.blob}, artifacts={"home.png": home}
        )

    shop.scripts[Stage.RENDER] = alike
    queued = shop.submit(rollout(1, "one"), rollout(2, "two"))
    shop.drain()
    assert appearances([shop.get(evaluation) for evaluation in queued]) == [0.01, 0.01]


@pytest.mark.parametrize("reuse", ["step", "run"])
def test_an_unscored_end_is_no_verdict_to_reuse(shop: Workshop, reuse: str) -> None:
    moody = shop.scripts[Stage.JUDGE]

    def unreachable(job: StageJob) -> StageResult:
        raise JudgeError("no answer")

    shop.scripts[Stage.JUDGE] = unreachable
    (failed,) = shop.submit(rollout(0), profile=under(shop, reuse))
    for _ in range(4):
        shop.drain()
        shop.sweep()
    assert shop.get(failed).unscored_reason == "judge"
    shop.scripts[Stage.JUDGE] = moody
    assert appearances(judged(shop, reuse, 1)) == [0.01]


def test_the_profile_says_it_in_its_judge_table() -> None:
    text = built_in_text("cascade").replace("[judge]\n", '[judge]\nverdict_reuse = "run"\n')
    assert parse(text).judge.verdict_reuse == "run"
    assert parse(text).hash != built_in()["cascade"].hash
    assert built_in()["cascade"].judge.verdict_reuse == "step"
