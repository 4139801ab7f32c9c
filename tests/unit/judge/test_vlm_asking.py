"""How a VLM is asked: retries, log-probabilities, panels, the meter, and what a version tells apart. Over the wire."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from services.errors import BudgetSpent, JudgeError
from services.judge.control import control_shot
from services.judge.prompt import prompts, rubric
from services.judge.protocol import Case, Meter, Shot, Unmetered
from services.judge.vlm import VlmJudge
from services.settings import JudgeChoice
from services.telemetry.metrics import REGISTRY
from tests.support.vlm_grades import Temper
from tests.support.vlm_log import Log
from tests.support.vlm_server import VlmServer
from tests.support.vlm_wire import image_hash

HOME = Shot("home.png", "/", control_shot().png + b"candidate")
HOME_HASH = image_hash(HOME.png)
EVEN = {"rendering": 3.0, "relevance": 3.0, "layout": 3.0, "beauty": 3.0, "overall": 3.0}


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer() as started:
        yield started


def choice_at(server: VlmServer, **given: Any) -> JudgeChoice:
    return JudgeChoice.model_validate({"kind": "vlm", "base_url": server.base_url, "model": "eye-7b", **given})


def judge_at(server: VlmServer, **given: Any) -> VlmJudge:
    return VlmJudge(choice_at(server, **given))


def case(samples: int = 1, meter: Meter | None = None) -> Case:
    return Case("A shop for tea", (HOME,), samples=samples, meter=meter or Unmetered())


class Healing(Log):
    """A log that mends the server before its call with the given number is answered."""

    def __init__(self, server: VlmServer, number: int) -> None:
        super().__init__()
        self._server, self._number = server, number

    def begin(self, connection: Any) -> Any:
        call = super().begin(connection)
        if call.number == self._number:
            self._server.set("normal")
        return call


@pytest.mark.parametrize(
    "mode",
    ["down", "unavailable", "request-timeout", "conflict", "rate-limited", "hung-up", "reset", "broken-envelope"],
)
def test_a_fault_that_passes_is_outlived_and_charged_to_nobody(server: VlmServer, mode: str) -> None:
    server.give(HOME_HASH, **EVEN)
    server.set(mode)
    server.log = Healing(server, 1)
    verdict = judge_at(server).judge(case())
    assert [sample.criteria["layout"] for sample in verdict.samples] == [3.0]
    assert (verdict.usage["calls"], verdict.usage["retries"], verdict.findings) == (2, 1, ())


@pytest.mark.parametrize("mode", ["hang", "trickle"])
def test_a_call_ends_at_its_timeout_however_the_server_drags_it_out(server: VlmServer, mode: str) -> None:
    server.set(mode)
    with pytest.raises(JudgeError, match="did not answer in time"):
        judge_at(server, timeout=0.3, retries=0).judge(case())


def test_an_empty_account_is_said_and_not_asked_again(server: VlmServer) -> None:
    server.set("no-credit")
    with pytest.raises(JudgeError, match="no credit"):
        judge_at(server).judge(case())
    assert len(server.log.calls) == 1


def test_a_server_that_asks_for_more_time_than_there_is_is_not_waited_for(server: VlmServer) -> None:
    server.set("rate-limited-seconds")
    server.retry_after = 3_600.0
    with pytest.raises(JudgeError, match="429") as caught:
        judge_at(server).judge(case())
    assert len(server.log.calls) == 1
    assert caught.value.retry_after == 3_600.0, "the evaluation comes again when the server says"


def test_a_server_that_failed_as_often_as_it_may_counts_as_a_try(server: VlmServer) -> None:
    server.set("rate-limited-seconds")
    server.retry_after = 0.0
    with pytest.raises(JudgeError, match="429") as caught:
        judge_at(server, retries=0).judge(case())
    assert caught.value.retry_after is None


def test_calls_of_one_judging_stay_within_their_concurrency(server: VlmServer) -> None:
    judge_at(server, concurrency=2).judge(case(samples=8))
    assert (len(server.log.calls), server.log.most_at_once() <= 2) == (8, True)


def test_a_judging_that_cannot_be_saved_begins_no_further_call(server: VlmServer) -> None:
    server.models = ("another-7b",)
    with pytest.raises(JudgeError, match="404"):
        judge_at(server, concurrency=1).judge(case(samples=8))
    assert len(server.log.calls) == 1


def test_what_was_replied_is_kept_where_there_is_no_verdict(server: VlmServer) -> None:
    server.set("invalid-json")
    with pytest.raises(JudgeError) as caught:
        judge_at(server).judge(case())
    assert caught.value.replies == ("Overall I would give this website 5 out of 5.",) * 3


def test_whole_grades_become_expected_ones_where_the_server_tells_probabilities() -> None:
    with VlmServer(temper=Temper(integer=True)) as server:
        server.give(HOME_HASH, rendering=3.25, relevance=2.75, layout=4.0, beauty=0.25, overall=3.3)
        verdict = judge_at(server).judge(case())
    sample = verdict.samples[0]
    assert sample.criteria == pytest.approx({"rendering": 3.25, "relevance": 2.75, "layout": 4.0, "beauty": 0.25})
    assert sample.overall == pytest.approx(3.3)
    assert set(sample.sources.values()) == {"token"}
    assert verdict.facts["sources"] == {"token": 5}


@pytest.mark.parametrize(("offered", "calls"), [("ignored", 1), ("refused", 2)])
def test_where_the_server_offers_none_the_stated_grade_counts_and_it_is_said(offered: Any, calls: int) -> None:
    with VlmServer(temper=Temper(integer=True), logprobs=offered) as server:
        server.give(HOME_HASH, **(EVEN | {"layout": 3.4}))
        judge = judge_at(server)
        verdict = judge.judge(case())
        judge.judge(case())
        assert len(server.log.calls) == calls + 1
    assert verdict.samples[0].criteria["layout"] == 3.0
    assert (verdict.facts["sources"], verdict.samples[0].sources) == ({}, {})


@pytest.mark.parametrize("offered", ["ignored", "refused"])
def test_who_insists_on_probabilities_gets_no_other_grade(offered: Any) -> None:
    with VlmServer(logprobs=offered) as server, pytest.raises(JudgeError, match="log-probabilities"):
        judge_at(server, log_probabilities="on").judge(case())


def test_probabilities_that_are_off_are_not_asked_for() -> None:
    with VlmServer(temper=Temper(integer=True)) as server:
        server.give(HOME_HASH, **(EVEN | {"layout": 3.4}))
        verdict = judge_at(server, log_probabilities="off").judge(case())
        assert "logprobs" not in server.requests[0].body
    assert verdict.samples[0].criteria["layout"] == 3.0


class Divided(VlmServer):
    """Each model thinks something else."""

    def meant(self, request: Any, number: int) -> dict[str, float]:
        grade = {"eye-7b": 1.0, "b-7b": 2.0, "c-7b": 4.5}[request.model]
        return EVEN | {"layout": grade, "overall": grade}


@pytest.mark.parametrize(("combine", "layout"), [("mean", 2.5), ("median", 2.0)])
def test_a_panel_combines_its_models_and_tells_how_far_they_are_apart(combine: str, layout: float) -> None:
    with Divided() as server:
        verdict = judge_at(server, panel=("b-7b", "c-7b"), combine=combine).judge(case(samples=2))
        assert sorted(request.model for request in server.requests) == ["b-7b"] * 2 + ["c-7b"] * 2 + ["eye-7b"] * 2
    assert [sample.criteria["layout"] for sample in verdict.samples] == [layout, layout]
    assert [sample.overall for sample in verdict.samples] == [layout, layout]
    assert verdict.model == "eye-7b+b-7b+c-7b"
    panel = verdict.facts["panel"]
    assert panel["models"]["c-7b"]["layout"] == 4.5
    assert panel["disagreement"]["range"]["layout"] == 3.5
    assert panel["disagreement"]["range"]["beauty"] == 0.0
    assert panel["disagreement"]["appearance"] == pytest.approx(0.450694)
    assert json.dumps(verdict.facts)


class Fussy(VlmServer):
    """One model of the panel refuses the candidate's picture."""

    def meant(self, request: Any, number: int) -> dict[str, float]:
        if request.model == "b-7b" and request.images[0] == HOME_HASH:
            return EVEN | {"layout": 9.0}
        return super().meant(request, number)


def test_what_one_model_of_a_panel_refuses_has_no_grade() -> None:
    with Fussy() as server:
        verdict = judge_at(server, panel=("b-7b",)).judge(case())
    assert verdict.samples == ()
    assert [(f.rule, "b-7b" in f.message) for f in verdict.findings] == [("judge/refused", True)]


def test_asked_and_answered_names_are_recorded() -> None:
    with VlmServer(answers_as="another-model") as server:
        verdict = judge_at(server).judge(case())
    assert (verdict.model, verdict.facts["asked"], verdict.facts["answered"]) == (
        "another-model",
        ["eye-7b"],
        [["another-model"]],
    )


class Purse:
    """Admits so many calls, and writes down what it is told."""

    def __init__(self, calls: int) -> None:
        self.left, self.told = calls, []  # type: ignore[var-annotated]

    def admit(self) -> None:
        if len(self.told) >= self.left:
            raise BudgetSpent("nothing is left")

    def count(self, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        self.told.append((model, prompt_tokens, completion_tokens))


def test_every_answer_is_counted_whatever_became_of_it(server: VlmServer) -> None:
    server.answers_as = "another-model"
    server.set("refusal", HOME_HASH)
    purse = Purse(10)
    judge_at(server).judge(case(meter=purse))
    assert purse.told == [("eye-7b", 1_000, 100)] * 3


def test_a_spent_budget_ends_a_judging_without_another_call(server: VlmServer) -> None:
    purse = Purse(3)
    with pytest.raises(BudgetSpent):
        judge_at(server, concurrency=1).judge(case(samples=8, meter=purse))
    assert len(server.log.calls) == len(purse.told) == 3


def test_what_was_not_answered_is_not_counted(server: VlmServer) -> None:
    server.set("down")
    purse = Purse(10)
    with pytest.raises(JudgeError):
        judge_at(server, retries=0).judge(case(meter=purse))
    assert purse.told == []


def counted(outcome: str) -> float:
    labels = {"kind": "vlm", "outcome": outcome}
    return REGISTRY.get_sample_value("webgen_judge_calls_total", labels) or 0.0


@pytest.mark.parametrize(
    ("mode", "outcome"),
    [
        ("normal", "answered"),
        ("content-filter", "refused"),
        ("rate-limited", "rate-limited"),
        ("down", "failed"),
        ("hung-up", "no-answer"),
    ],
)
def test_every_call_is_in_the_metrics_by_its_outcome(server: VlmServer, mode: str, outcome: str) -> None:
    server.set(mode)
    before = counted(outcome)
    with contextlib.suppress(JudgeError):
        judge_at(server, retries=0).judge(case())
    assert counted(outcome) - before == len(server.log.calls)


def test_every_prompt_can_be_chosen_and_the_newest_says_which_shot_is_which(server: VlmServer) -> None:
    shots = (HOME, Shot("route-1.png", "/secret", HOME.png + b"1"), Shot("home-mobile.png", "/", HOME.png + b"2"))
    for prompt in prompts():
        judge_at(server, prompt=prompt).judge(Case("A shop", shots))
    old, new = server.requests
    assert (old.system, new.system) == (rubric("rubric-1"), rubric("rubric-2"))
    assert old.text.count("home page") == 0
    labels = [line for line in new.text.splitlines() if line.startswith("Screenshot")]
    assert labels == [
        "Screenshot 1 of 3, the home page:",
        "Screenshot 2 of 3, a further page:",
        "Screenshot 3 of 3, the home page on a phone:",
    ]
    assert "secret" not in json.dumps(new.body["messages"])


@pytest.mark.parametrize(
    ("name", "value"), [("LABELS", {"home": "x", "route": "y", "mobile": "z"}), ("GRADES", ("overall",))]
)
def test_a_request_in_other_words_makes_another_version(
    server: VlmServer, monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    before = judge_at(server).version
    assert judge_at(server).version == before
    monkeypatch.setattr(f"services.judge.prompt.{name}", value)
    assert judge_at(server).version != before


def test_an_unknown_prompt_is_refused_at_start(server: VlmServer) -> None:
    with pytest.raises(JudgeError, match=r"WEBGEN_JUDGE__PROMPT.*rubric-1"):
        judge_at(server, prompt="rubric-0")


@pytest.mark.parametrize(
    "changed",
    [
        {"model": "other-7b"},
        {"panel": ("b-7b",)},
        {"prompt": "rubric-1"},
        {"temperature": 0.0},
        {"log_probabilities": "off"},
        {"shots": {"routes": 1}},
        {"shots": {"longest_edge": 512}},
        {"shots": {"detail": "low"}},
        {"base_url": "http://another.example/v1"},
    ],
)
def test_whatever_bears_on_a_grade_makes_another_version(server: VlmServer, changed: dict[str, Any]) -> None:
    assert judge_at(server, **changed).version != judge_at(server).version


def test_how_a_panel_is_combined_bears_on_its_version_alone(server: VlmServer) -> None:
    panel = {"panel": ("b-7b",)}
    assert judge_at(server, **panel, combine="median").version != judge_at(server, **panel).version
    assert judge_at(server, combine="median").version == judge_at(server).version


@pytest.mark.parametrize(
    "changed",
    [
        {"api_key": SecretStr("sk-another")},
        {"timeout": 1.0, "deadline": 2.0, "retries": 0, "concurrency": 1},
        {"base_url": "http://127.0.0.1:1/elsewhere"},
        {"limits": {"concurrency": 1}},
        {"prompt": "rubric-2"},
    ],
)
def test_what_bears_on_no_grade_makes_no_other_version(server: VlmServer, changed: dict[str, Any]) -> None:
    assert judge_at(server, **changed).version == judge_at(server).version


def test_a_version_fits_into_its_column_however_many_models_there_are(server: VlmServer) -> None:
    panel = tuple(f"{letter}" * 80 + " x" for letter in "abc")
    version = judge_at(server, panel=panel).version
    assert len(version) <= 200
    assert len(version.split()) == 1
