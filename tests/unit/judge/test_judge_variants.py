"""Which judges can be asked for, and that a worker asks the one that an evaluation is pinned to, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from services.contract import Artifact, StageReport
from services.errors import JudgeError, VersionMismatch
from services.judge.control import control_shot
from services.judge.prompt import PROMPT_VERSION, prompts
from services.judge.protocol import CRITERIA, Case, Sample, Verdict
from services.judge.variants import named_models, variants
from services.judge.worker import make_judge_stage, make_offers
from services.pipeline.work import StageJob
from services.rewards.profile import built_in
from services.settings import JudgeChoice
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

CHOICE = JudgeChoice(kind="vlm", model="eye-7b", panel=("ear-7b",), rejudge_models=("nose-7b", "eye-7b"))


def test_every_model_is_offered_alone_under_every_prompt_and_the_judge_as_it_is_first() -> None:
    offers = make_offers(CHOICE)
    assert {(offer.model, offer.prompt) for offer in offers} == {
        (model, prompt) for model in (None, "eye-7b", "ear-7b", "nose-7b") for prompt in prompts()
    }
    assert (offers[0].model, offers[0].prompt) == (None, PROMPT_VERSION)
    assert [offer.standard for offer in offers] == [True] + [False] * (len(offers) - 1)
    assert len({offer.version for offer in offers}) == len(offers), "each asks otherwise"
    assert {variant.choice.panel for variant in variants(CHOICE)} == {("ear-7b",), ()}


def test_a_model_that_is_the_whole_judge_has_the_judges_version() -> None:
    offers = {
        (offer.model, offer.prompt): offer.version for offer in make_offers(JudgeChoice(kind="vlm", model="a-7b"))
    }
    assert offers[None, PROMPT_VERSION] == offers["a-7b", PROMPT_VERSION]


def test_a_model_that_may_change_is_refused_at_the_start() -> None:
    with pytest.raises(JudgeError, match="gpt-4o"):
        make_offers(JudgeChoice(kind="vlm", model="a-7b", rejudge_models=("gpt-4o",)))


@pytest.mark.parametrize("kind", ["heuristic", "scripted"])
def test_the_other_kinds_have_nothing_to_choose(kind: Any) -> None:
    assert make_offers(JudgeChoice(kind=kind, rejudge_models=("a-7b",))) == []


def test_the_models_that_may_be_named_are_named_once() -> None:
    assert named_models(CHOICE) == ("eye-7b", "ear-7b", "nose-7b")


@dataclass
class Eye:
    """A judge that remembers what it was shown."""

    version: str
    seen: list[Case] = field(default_factory=list)

    def judge(self, case: Case) -> Verdict:
        self.seen.append(case)
        samples = (Sample(dict.fromkeys(CRITERIA, 3.0), 3.0, ""),) * case.samples
        return Verdict("scripted", self.version, samples)


def job(version: str, **asked: Any) -> StageJob:
    blobs = MemoryBlobs()
    png = control_shot().png
    home = Artifact(blob=blobs.put(png), media_type="image/png", size=len(png))
    render = StageReport(stage=Stage.RENDER, passed=True, artifacts={"home.png": home})
    return StageJob(
        evaluation_id="e",
        stage=Stage.JUDGE,
        instruction="A page.",
        completion="",
        truncated=False,
        profile=built_in()["cascade"],
        reports={Stage.RENDER: render},
        alone=False,
        blobs=blobs,
        versions={"judge": version},
        asked=asked,
    )


def test_the_pinned_judge_is_asked_for_as_many_samples_as_are_wanted() -> None:
    own, other = Eye("own"), Eye("other")
    work = make_judge_stage(own, [other])
    assert work(job("other", samples=5)).facts["model"] == "other"
    assert work(job("own")).facts["model"] == "own"
    assert [case.samples for case in other.seen] == [5]
    assert [case.samples for case in own.seen] == [built_in()["cascade"].judge.samples]


def test_a_judge_that_is_not_here_is_never_replaced() -> None:
    own = Eye("own")
    with pytest.raises(VersionMismatch, match="elsewhere"):
        make_judge_stage(own)(job("elsewhere"))
    assert own.seen == []
