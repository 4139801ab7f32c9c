"""The term ``interaction``: where it comes from, and which profiles may weigh it."""

from __future__ import annotations

from typing import Any

import pytest

from services.contract import StageReport
from services.errors import Unprocessable
from services.rewards.decide import Reward, decide
from services.rewards.profile import BUILT_IN, Term, built_in, built_in_text, parse
from services.rewards.terms import Reports, interaction, measure, weighs
from services.stages import Stage

TOUCHED = built_in_text("cascade").replace("appearance = 1.0,", "appearance = 1.0, interaction = 0.5,")


def found(facts: dict[str, Any] | None) -> Reports:
    static = dict.fromkeys(built_in()["cascade"].static.gates, True)
    reports = {stage: StageReport(stage=stage, passed=True) for stage in Stage}
    reports[Stage.LINT] = StageReport(stage=Stage.LINT, passed=True, facts={"static": static})
    rendered = {"functional": True, "interaction": facts}
    reports[Stage.RENDER] = StageReport(stage=Stage.RENDER, passed=True, facts=rendered)
    return reports


@pytest.mark.parametrize(
    ("facts", "expected"), [({"share": 0.75}, 0.75), (None, 0.0), ({}, 0.0), ({"share": 9}, 1.0), ({"share": -1}, 0.0)]
)
def test_it_is_the_share_that_the_render_stage_found(facts: dict[str, Any] | None, expected: float) -> None:
    assert interaction(found(facts)) == expected


def test_nothing_is_earned_without_a_render() -> None:
    assert interaction({}) == 0.0


def test_a_profile_may_weigh_it() -> None:
    decision = decide(parse(TOUCHED), found({"share": 0.5}))
    assert isinstance(decision, Reward)
    assert decision.components["interaction"] == 0.5
    assert decision.value == pytest.approx(0.5 * 0.5 + 0.1)


def test_who_weighs_it_is_known() -> None:
    assert weighs(parse(TOUCHED), Term.INTERACTION)
    assert not weighs(built_in()["cascade"], Term.INTERACTION)


def test_a_profile_that_looks_at_home_alone_cannot_weigh_it() -> None:
    with pytest.raises(Unprocessable, match=r'weighs interaction: say render = "full", it is "home"'):
        parse(TOUCHED.replace('render = "full"', 'render = "home"'))


def test_bands_before_the_render_cannot_weigh_it() -> None:
    with pytest.raises(Unprocessable, match="build-failed"):
        parse(built_in_text("cascade").replace("static-share = 0.2", "interaction = 0.2"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_profiles_neither_weigh_nor_show_it(name: str) -> None:
    profile = built_in()[name]
    assert "interaction" not in {term.value for term in measure(profile, found({"share": 1.0}))}
    decision = decide(profile, found({"share": 1.0}))
    assert isinstance(decision, Reward)
    assert "interaction" not in decision.components
