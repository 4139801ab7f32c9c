"""Stored reports under another profile: what changes, what ties, and what they do not say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.compliance import RULES
from services.contract import Evaluation, StageReport, Status
from services.rewards.decide import Reward, decide
from services.rewards.gaps import Undecided, decide_stored
from services.rewards.profile import built_in, built_in_text, parse
from services.rewards.replay import group_changes, measured_otherwise, replay, tau_b
from services.stages import Stage
from tests.support.journeys import CRITERIA, PATIENT, Journey, evaluation, journeys, report, static_report, whole

PROFILES = built_in()
CASCADE = PROFILES["cascade"]
TYPED = parse(built_in_text("cascade").replace('typecheck = "off"', 'typecheck = "gate"'))
WATCHED = parse(built_in_text("cascade").replace("functional = 0.1,", "functional = 0.1, honest = 0.5,"))
TRIED = parse(built_in_text("cascade").replace("functional = 0.1,", "functional = 0.1, interaction = 0.5,"))


def judged(criteria: float, overall: float) -> Journey:
    sample = {"criteria": dict.fromkeys(CRITERIA, criteria), "overall": overall}
    return whole(judge=report(Stage.JUDGE, samples=[sample]))


def member(name: str, criteria: float, overall: float, **fields: Any) -> Evaluation:
    placed = {"step": 0, "group": "g", **fields}
    return evaluation(judged(criteria, overall), **placed).model_copy(update={"id": name, "rollout_id": name})


def test_ranks_and_ties_change_by_group() -> None:
    found = replay(
        [member("a", 4.0, 3.0), member("b", 3.5, 4.0), member("c", 3.0, 4.0), member("d", 1.0, 1.0)],
        PROFILES["webgen-r1"],
    )
    (group,) = found.groups
    assert (group.size, group.pairs, group.swapped, group.joined, group.parted) == (4, 6, 2, 1, 0)
    assert (group.tied_before, group.tied_after, group.moved) == (0, 1, 3)
    assert group.tau == pytest.approx((3 - 2) / (6 * 5) ** 0.5, abs=1e-6)
    assert found.changed == 3
    assert [one.after for one in found.evaluations] == [3.2, 4.2, 4.2, 1.2]


def test_the_same_profile_changes_nothing() -> None:
    found = replay([member("a", 4.0, 3.0), member("b", 3.5, 4.0)], CASCADE)
    assert (found.changed, found.undecidable, found.groups[0].moved, found.groups[0].tau) == (0, 0, 0, 1.0)


def test_under_its_own_profile_an_evaluation_earns_what_it_earned() -> None:
    for profile in (TYPED, TRIED, WATCHED):
        (one,) = replay([evaluation(whole(), profile)], profile).evaluations
        assert one.after == one.before


def test_groups_of_different_steps_are_different_groups() -> None:
    found = replay([member("a", 4, 3), member("b", 3, 3, step=1), member("c", 3, 3, group=None)], CASCADE)
    assert [(group.step, group.group, group.size) for group in found.groups] == [(0, "g", 1), (1, "g", 1)]


def test_what_was_not_scored_has_no_number_and_what_was_rejudged_is_left_out() -> None:
    lost = member("a", 4, 3).model_copy(update={"status": Status.UNSCORED, "reward": None})
    derived = member("b", 4, 3).model_copy(update={"derived_from": "ev_0"})
    found = replay([lost, derived], PROFILES["webgen-r1"])
    assert (found.evaluations, found.unscored, found.derived, found.mean_after) == ((), 1, 1, None)


def stopped(*items: StageReport) -> Journey:
    return {item.stage: item for item in items}


UNDECIDABLE = {
    "stages that never ran": (
        "webgen-r1-released",
        stopped(static_report({"static/entry-point"})),
        ("stage resolve never ran",),
    ),
    "a blank page that was not judged": (
        "webgen-r1-released",
        {**whole(render=report(Stage.RENDER, False, shot=True)), Stage.JUDGE: None},
        ("stage judge never ran",),
    ),
    "types": ("typed", whole(), ("types were never checked",)),
    "text for a grader": ("watched", whole(), ("text that addresses a grader was never looked for",)),
    "controls": ("tried", whole(), ("controls were never tried",)),
    "rules of old": (
        "webgen-r1-released",
        {**whole(), Stage.LINT: report(Stage.LINT, static={r: True for r in RULES if r.startswith("static/")})},
        tuple(
            f"rule published/{name} was never checked"
            for name in ("vite-config", "default-exports", "install-action", "start-action", "think-answer")
        ),
    ),
}


@pytest.mark.parametrize(("name", "found", "reasons"), UNDECIDABLE.values(), ids=UNDECIDABLE)
def test_what_the_reports_do_not_say_is_named(name: str, found: dict[Stage, Any], reasons: tuple[str, ...]) -> None:
    profile = {**PROFILES, "typed": TYPED, "tried": TRIED, "watched": WATCHED}[name]
    kept = {stage: item for stage, item in found.items() if item is not None}
    outcome = decide_stored(profile, kept)
    assert isinstance(outcome, Undecided)
    assert outcome.reasons == reasons
    (one,) = replay([evaluation(kept)], profile).evaluations
    assert (one.after, one.reasons) == (None, reasons)


def test_a_gap_that_changes_nothing_is_none() -> None:
    unbuilt = whole(build=report(Stage.BUILD, False))
    for profile in (TYPED, TRIED, WATCHED):
        assert decide_stored(profile, unbuilt) == decide(profile, unbuilt)
    no_source = {Stage.LINT: report(Stage.LINT, False, static={"static/site-source": False})}
    assert decide_stored(PROFILES["webgen-r1"], no_source) == decide(PROFILES["webgen-r1"], no_source)


@PATIENT
@given(journeys(), st.sampled_from(sorted(PROFILES)))
def test_where_nothing_is_missing_stored_reports_earn_what_they_earn(found: Journey, name: str) -> None:
    assert decide_stored(PROFILES[name], found) == decide(PROFILES[name], found)


@PATIENT
@given(journeys(), st.booleans(), st.integers(0, 40), st.floats(0, 1))
def test_what_is_decided_with_gaps_is_so_whatever_fills_them(
    found: Journey, passed: bool, errors: int, share: float
) -> None:
    rich = parse(TRIED_AND_TYPED)
    static = found[Stage.LINT].facts.get("static")
    known = {rule: value for rule, value in (static or {}).items() if rule != "static/scripts"}
    bare = {
        **found,
        Stage.LINT: found[Stage.LINT].model_copy(update={"facts": {"static": known}}),
        Stage.BUILD: report(Stage.BUILD, found[Stage.BUILD].passed),
        Stage.RENDER: report(Stage.RENDER, found[Stage.RENDER].passed, shot=True, functional=True),
    }
    counted = {"type_errors": errors, "typed_lines": 300, "script_lines": 300}
    told = {
        **bare,
        Stage.LINT: report(Stage.LINT, static={**known, "static/scripts": passed} if known else {}),
        Stage.BUILD: report(Stage.BUILD, found[Stage.BUILD].passed, **counted),
        Stage.RENDER: report(Stage.RENDER, found[Stage.RENDER].passed, functional=True, interaction={"share": share}),
    }
    outcome = decide_stored(rich, bare)
    if isinstance(outcome, Reward):
        filled = decide(rich, told)
        assert isinstance(filled, Reward)
        assert filled.value == outcome.value


TRIED_AND_TYPED = (
    built_in_text("cascade")
    .replace('typecheck = "off"', 'typecheck = "gate"')
    .replace("functional = 0.1,", "functional = 0.1, interaction = 0.5,")
)


def test_tau_is_undefined_where_an_order_ties_everything() -> None:
    assert tau_b([(0, 1), (0, -1)]) is None
    assert tau_b([]) is None
    assert tau_b([(1, 1), (-1, -1)]) == 1.0
    assert tau_b([(1, -1)]) == -1.0


def test_a_group_whose_members_are_undecidable_is_told_with_none() -> None:
    blank = evaluation(whole(), step=0, group="g")
    (group,) = group_changes(replay([blank, blank], TYPED).evaluations)
    assert (group.size, group.undecidable, group.pairs, group.tau) == (0, 2, 0, None)


def test_what_was_measured_otherwise_is_said() -> None:
    assert measured_otherwise(CASCADE, CASCADE) == []
    assert measured_otherwise(CASCADE, PROFILES["webgen-r1"]) == [
        "render was full, and is home",
        "judge.samples was 3, and is 1",
    ]
