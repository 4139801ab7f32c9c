"""How a reward came about: every step is named, and the steps add up to it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract import JudgeInfo, Status
from services.rewards.explain import Explanation, explain
from services.rewards.profile import BUILT_IN, built_in, built_in_text, parse
from services.stages import Stage
from tests.support.journeys import CRITERIA, PATIENT, SAMPLE, Journey, evaluation, interrupted, journeys, report, whole

PROFILES = built_in()
CASCADE = PROFILES["cascade"]
CLIPPED = parse(
    built_in_text("cascade")
    .replace("ordered = true", "")
    .replace("[bands.no-source]", "[clip]\nreward = [-0.4, 3.0]\nterms.appearance = [0.5, 4.5]\n[bands.no-source]")
)
TYPED = parse(built_in_text("cascade").replace('typecheck = "off"', 'typecheck = "gate"'))
ALL = {**PROFILES, "clipped": CLIPPED}


def outcomes(found: Explanation) -> list[str]:
    return [step.outcome for step in found.stages]


@PATIENT
@given(journeys(), st.sampled_from(sorted(ALL)))
def test_what_each_step_adds_is_the_reward_to_the_last_digit(found: Journey, name: str) -> None:
    told = explain(evaluation(found, ALL[name]), ALL[name])
    assert told.reward is not None
    assert told.reward == told.recorded
    assert sum(round(line.amount * 1e6) for line in told.lines) == round(told.reward * 1e6)
    assert told.lines[-1].total == told.reward
    for line in told.lines:
        if line.weight is not None and line.counted is not None:
            assert line.amount == pytest.approx(line.weight * line.counted, abs=2e-6)


@PATIENT
@given(interrupted(), st.sampled_from(sorted(ALL)), st.sampled_from(list(Status)))
def test_only_what_was_scored_has_a_sum(found: Journey, name: str, status: Status) -> None:
    told = explain(evaluation(found, CASCADE, status=status, unscored_reason="judge"), ALL[name])
    assert (told.reward is None) == (not told.lines) == bool(told.reasons)
    assert told.reward is None or status is Status.SCORED
    assert sum(step.ended for step in told.stages) <= 1


def test_a_finished_site_is_told_term_by_term() -> None:
    told = explain(evaluation(whole(frozenset({"static/bare-imports"}))), CASCADE)
    assert [(line.name, line.amount, line.total) for line in told.lines] == [
        ("base", 0.0, 0.0),
        ("appearance", 3.375, 3.375),
        ("functional", 0.1, 3.475),
        ("format", 0.1, 3.575),
    ]
    assert outcomes(told) == ["passed"] * 5
    assert told.stages[0].noted == ("static/bare-imports",)
    assert told.stages[-1].ended


def test_the_gate_that_ended_it_is_named() -> None:
    told = explain(
        evaluation(whole(frozenset({"static/scripts", "static/entry-point", "static/bare-imports"}))), CASCADE
    )
    assert outcomes(told) == ["failed"] + ["not needed"] * 4
    assert told.stages[0].ended
    assert told.stages[0].why == ("static/scripts", "static/entry-point")
    assert told.stages[0].noted == ("static/bare-imports",)
    assert [line.name for line in told.lines] == ["base", "gate-share"]


def test_without_a_site_source_that_alone_is_why() -> None:
    told = explain(evaluation(whole(frozenset({"static/site-source"}))), CASCADE)
    assert (told.stages[0].why, told.stages[0].noted) == (("static/site-source",), ())
    assert told.reward == -1.0


def test_what_was_clipped_is_a_step_of_its_own() -> None:
    told = explain(evaluation(whole(), CLIPPED), CLIPPED)
    assert told.lines[-1].name == "clip"
    assert told.lines[-1].amount == pytest.approx(-0.575)
    assert told.reward == 3.0
    best = {**SAMPLE, "criteria": dict.fromkeys(CRITERIA, 5.0)}
    appearance = explain(evaluation(whole(judge=report(Stage.JUDGE, samples=[best]))), CLIPPED).lines[1]
    assert (appearance.measured, appearance.counted) == (5.0, 4.5)


def test_an_unscored_evaluation_says_why_and_has_no_number_under_any_profile() -> None:
    found = {stage: item for stage, item in whole().items() if stage is not Stage.JUDGE}
    lost = evaluation(found, status=Status.UNSCORED, unscored_reason="judge", unscored_detail="it did not answer")
    for profile in PROFILES.values():
        told = explain(lost, profile)
        assert (told.reward, told.lines) == (None, ())
        assert told.reasons == ("unscored: judge: it did not answer",)
        assert outcomes(told)[-1] == "never ran"


def test_another_profile_that_needs_more_is_not_guessed() -> None:
    told = explain(evaluation(whole()), TYPED)
    assert told.reward is None
    assert told.reasons == ("types were never checked",)
    assert outcomes(told) == ["passed", "passed", "undecided", "undecided", "undecided"]
    blank = evaluation(whole(render=report(Stage.RENDER, False, shot=True, functional=False)))
    seen = blank.model_copy(update={"reports": blank.reports[:-1]})
    assert explain(seen, PROFILES["webgen-r1-released"]).reasons == ("stage judge never ran",)


def test_who_judged_and_how_far_the_samples_lie_apart() -> None:
    samples = [{**SAMPLE, "criteria": dict.fromkeys(CRITERIA, grade)} for grade in (3.0, 4.0)]
    judged = evaluation(
        whole(judge=report(Stage.JUDGE, samples=samples)), judge=JudgeInfo(kind="heuristic", model="h-3", samples=2)
    )
    told = explain(judged, CASCADE).judge
    assert told is not None
    assert (told.kind, told.grades, told.spread) == ("heuristic", (3.0, 4.0), 0.707107)
    first = explain(judged, PROFILES["webgen-r1"]).judge
    assert first is not None
    assert (first.grades, first.spread) == ((4.0,), None)


def test_a_type_error_that_ends_a_build_is_told_as_such() -> None:
    built = report(Stage.BUILD, type_errors=3, typed_lines=100, script_lines=100)
    told = explain(evaluation(whole(build=built), TYPED), TYPED)
    assert told.stages[2].why == ("typecheck",)
    assert outcomes(told) == ["passed", "passed", "failed", "not needed", "not needed"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_stage_that_was_killed_ends_the_cascade(name: str) -> None:
    found = {Stage.LINT: report(Stage.LINT, False)}
    told = explain(evaluation(found, PROFILES[name]), PROFILES[name])
    assert told.band == "no-source"
    assert told.stages[0].ended
