"""What every profile promises, over generated reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate, pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.contract import StageReport
from services.errors import Unprocessable
from services.rewards.decide import Next, Reward, contributions, decide, reward_of, rewards_by_profile
from services.rewards.profile import BUILT_IN, TERM_RANGE, Band, Profile, Term, built_in, built_in_text, parse
from services.rewards.terms import measure
from services.stages import ORDER, Stage
from tests.support.journeys import (
    CRITERIA,
    PATIENT,
    Journey,
    interrupted,
    journeys,
    odd_journeys,
    report,
    static_report,
)

PROFILES = built_in()
CASCADE = PROFILES["cascade"]
RICH = parse(
    built_in_text("cascade")
    .replace('typecheck = "off"', 'typecheck = "note"')
    .replace("appearance = 1.0,", "appearance = 1.0, types = 0.2, interaction = 0.5, honest = 0.3,")
)
ALL = {**PROFILES, "rich": RICH}
LOWEST_AND_HIGHEST = {"cascade": (-1.0, 5.2), "webgen-r1": (0.0, 5.2), "webgen-r1-released": (0.0, 5.2)}
NAMES = st.sampled_from(sorted(ALL))


def value(profile: Profile, found: Journey) -> float:
    decision = decide(profile, found)
    assert isinstance(decision, Reward)
    return decision.value


@PATIENT
@given(odd_journeys(), NAMES)
def test_every_set_of_reports_is_decided_or_needs_its_next_stage(found: Journey, name: str) -> None:
    decision = decide(ALL[name], found)
    if isinstance(decision, Next):
        assert decision.stage == next(stage for stage in ORDER if stage not in found)
    else:
        assert math.isfinite(decision.value)


@PATIENT
@given(interrupted(), NAMES)
def test_what_was_not_finished_has_no_number(found: Journey, name: str) -> None:
    undecided = isinstance(decide(ALL[name], found), Next)
    assert (rewards_by_profile(ALL, found)[name] is None) == undecided
    if not found or (len(found) < len(ORDER) and all(item.passed for item in found.values())):
        assert undecided or list(found) == [Stage.LINT] or _gated(ALL[name], found)


def _gated(profile: Profile, found: Journey) -> bool:
    static = found[Stage.LINT].facts.get("static", {})
    return not all(static.get(rule) for rule in profile.static.gates)


@PATIENT
@given(journeys(), NAMES)
def test_no_reward_leaves_what_the_profile_promises(found: Journey, name: str) -> None:
    low, high = ALL[name].bounds
    assert low <= value(ALL[name], found) <= high


@pytest.mark.parametrize("name", BUILT_IN)
def test_what_the_built_in_profiles_promise(name: str) -> None:
    assert PROFILES[name].bounds == LOWEST_AND_HIGHEST[name]


def orders(profile: Profile, a: Journey, b: Journey) -> bool:
    """Whether the rewards of two journeys stand as their bands do."""
    first, second = decide(profile, a), decide(profile, b)
    assert isinstance(first, Reward)
    assert isinstance(second, Reward)
    places = [list(Band).index(one.band) for one in (first, second)]
    return places[0] >= places[1] or first.value < second.value


@PATIENT
@given(journeys(), journeys())
def test_a_site_that_got_further_earns_more_in_cascade(a: Journey, b: Journey) -> None:
    assert orders(CASCADE, a, b)
    assert orders(RICH, a, b)


def ordered(steps: list[float]) -> Profile | None:
    """Cascade with other bases, each a step above the one before, where that is accepted."""
    body = CASCADE.model_dump(mode="json") | {"clip": {}}
    for band, base in zip(Band, accumulate(steps), strict=True):
        body["bands"][band.value]["base"] = base
    try:
        return Profile.model_validate(body)
    except ValueError:
        return None


@PATIENT
@given(journeys(), journeys(), st.lists(st.floats(0.1, 1), min_size=5, max_size=5))
def test_a_profile_that_is_accepted_as_ordered_is(a: Journey, b: Journey, steps: list[float]) -> None:
    profile = ordered(steps)
    assume(profile is not None)
    assert profile is not None
    assert orders(profile, a, b)


@PATIENT
@given(journeys(), journeys())
def test_in_the_papers_profiles_what_did_not_render_earns_no_more_than_its_format(a: Journey, b: Journey) -> None:
    for name, most in (("webgen-r1", 0.0), ("webgen-r1-released", 0.2)):
        for found in (a, b):
            decision = decide(PROFILES[name], found)
            assert isinstance(decision, Reward)
            assert decision.band is Band.RENDERED or decision.value <= most


MEASURED = st.fixed_dictionaries({term: st.floats(*TERM_RANGE[term]) for term in Term})


@PATIENT
@given(MEASURED, st.sampled_from(Term), st.floats(0, 1), NAMES)
def test_more_of_a_term_never_earns_less(measured: dict[Term, float], term: Term, rise: float, name: str) -> None:
    profile = ALL[name]
    low, high = measured[term], TERM_RANGE[term][1]
    raised = measured | {term: min(high, low + rise * (high - low))}
    for band in profile.bands:
        assert reward_of(profile, band, raised) >= reward_of(profile, band, measured)


@PATIENT
@given(journeys(), st.integers(0, 3), st.sampled_from((*CRITERIA, "overall")), st.floats(0, 5), NAMES)
def test_a_better_grade_never_earns_less(found: Journey, at: int, name: str, grade: float, profile: str) -> None:
    samples = found[Stage.JUDGE].facts["samples"]
    assume(at < len(samples))
    old = samples[at]
    raised = max(grade, old["overall"] if name == "overall" else old["criteria"][name])
    new = {**old, "overall": raised} if name == "overall" else {**old, "criteria": {**old["criteria"], name: raised}}
    better = {**found, Stage.JUDGE: report(Stage.JUDGE, samples=[*samples[:at], new, *samples[at + 1 :]])}
    assert value(ALL[profile], better) >= value(ALL[profile], found)


@PATIENT
@given(journeys(), st.floats(0, 1), NAMES)
def test_a_site_that_works_never_earns_less(found: Journey, share: float, name: str) -> None:
    rendered = found[Stage.RENDER]
    told = rendered.facts["interaction"]
    facts = {**rendered.facts, "functional": True, "interaction": {"share": max(share, told["share"] if told else 0.0)}}
    working = {**found, Stage.RENDER: rendered.model_copy(update={"facts": facts})}
    assert value(ALL[name], working) >= value(ALL[name], found)


@PATIENT
@given(journeys(), st.integers(0, 40))
def test_fewer_type_errors_never_earn_less(found: Journey, fewer: int) -> None:
    errors = found[Stage.BUILD].facts.get("type_errors")
    assume(errors is not None)
    facts = {**found[Stage.BUILD].facts, "type_errors": max(0, (errors or 0) - fewer)}
    cleaner = {**found, Stage.BUILD: found[Stage.BUILD].model_copy(update={"facts": facts})}
    gated = RICH.model_copy(update={"typecheck": "gate"})
    assert value(RICH, cleaner) >= value(RICH, found)
    assert value(gated, cleaner) >= value(gated, found)


@PATIENT
@given(journeys(), st.sets(st.sampled_from(sorted(static_report(set()).facts["static"]))), NAMES)
def test_mending_static_rules_never_costs(found: Journey, mended: set[str], name: str) -> None:
    static = found[Stage.LINT].facts.get("static")
    assume(static is not None)
    failed = {rule for rule, passed in (static or {}).items() if not passed} - mended
    after = {**found, Stage.LINT: static_report(failed, suppressions={})}
    before = {**found, Stage.LINT: static_report({r for r, p in (static or {}).items() if not p}, suppressions={})}
    assert value(ALL[name], after) >= value(ALL[name], before)


def paper(found: Mapping[Stage, StageReport]) -> float:
    """``s_vis + 0.1 s_func + 0.1 s_cot`` of what passes the static check, builds and renders; 0 else."""
    static = found[Stage.LINT].facts.get("static", {})
    check = all(static.get(rule, False) for rule in PROFILES["webgen-r1"].static.gates)
    passed = (Stage.RESOLVE, Stage.BUILD, Stage.RENDER, Stage.JUDGE)
    if not check or not all(found[stage].passed for stage in passed):
        return 0.0
    s_vis = round(found[Stage.JUDGE].facts["samples"][0]["overall"])
    s_func = 1 if found[Stage.RENDER].facts["functional"] else 0
    s_cot = 1 if static["static/think-answer"] else 0
    return s_vis + 0.1 * s_func + 0.1 * s_cot


@PATIENT
@given(journeys())
def test_webgen_r1_is_the_papers_formula(found: Journey) -> None:
    assert value(PROFILES["webgen-r1"], found) == pytest.approx(paper(found), abs=1e-6)


@PATIENT
@given(journeys(), NAMES)
def test_what_each_term_adds_sums_to_the_reward(found: Journey, name: str) -> None:
    decision = decide(ALL[name], found)
    assert isinstance(decision, Reward)
    parts = contributions(ALL[name], decision.band, measure(ALL[name], found))
    assert ALL[name].bands[decision.band].base + sum(p.amount for p in parts) == pytest.approx(decision.value, abs=1e-6)


CLIPPED = "[clip]\nreward = [0.0, 4.0]\n[clip.terms]\nappearance = [1.0, 4.5]\n[bands.no-source]"


@PATIENT
@given(journeys())
def test_a_clipped_profile_keeps_its_limits(found: Journey) -> None:
    text = built_in_text("cascade").replace("ordered = true", "").replace("[bands.no-source]", CLIPPED)
    profile = parse(text)
    assert 0.0 <= value(profile, found) <= 4.0


def test_a_clipped_grade_counts_within_its_limits() -> None:
    clip = "[clip]\nterms.appearance = [1.0, 4.5]\n[bands.no-source]"
    text = built_in_text("cascade").replace("[bands.no-source]", clip)
    best = {Term.APPEARANCE: 5.0, Term.FUNCTIONAL: 1.0, Term.FORMAT: 0.0}
    worst = best | {Term.APPEARANCE: 0.0}
    profile = parse(text)
    assert reward_of(profile, Band.RENDERED, best) == 4.6
    assert reward_of(profile, Band.RENDERED, worst) == 1.1
    assert profile.band_range(Band.RENDERED) == (1.0, 4.7)


def test_bands_that_touch_are_not_ordered() -> None:
    for worse, better in pairwise(CASCADE.bands):
        touching = CASCADE.band_range(better)[0]
        body = CASCADE.model_dump(mode="json")
        body["bands"][worse.value] = {"base": touching, "weights": {}}
        with pytest.raises(ValueError, match=rf"bands\.{worse.value}: reaches"):
            Profile.model_validate(body)
    with pytest.raises(Unprocessable, match="ordered = true each band must end below the next"):
        parse(built_in_text("cascade").replace("base = -0.2", "base = -0.3"))
