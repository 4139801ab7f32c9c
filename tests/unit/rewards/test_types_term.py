"""The term ``types``: what earns it, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract import StageReport
from services.errors import Unprocessable
from services.rewards.decide import Reward, decide
from services.rewards.profile import BUILT_IN, built_in, built_in_text, parse
from services.rewards.terms import Reports, measure, types
from services.stages import Stage

WEIGHED = "weights = { appearance = 1.0, types = 0.2,"
NOTED = built_in_text("cascade").replace('typecheck = "off"', 'typecheck = "note"')
TYPED = NOTED.replace("weights = { appearance = 1.0,", WEIGHED)


def found(errors: int | None = 0, typed: int = 1_000, lines: int | None = None, **escapes: int) -> Reports:
    facts = {"typed_lines": typed, "script_lines": typed if lines is None else lines}
    facts |= {} if errors is None else {"type_errors": errors}
    static = dict.fromkeys(built_in()["cascade"].static.gates, True)
    suppressions = {name.replace("_", "-"): count for name, count in escapes.items()}
    return {
        Stage.LINT: StageReport(stage=Stage.LINT, passed=True, facts={"static": static, "suppressions": suppressions}),
        Stage.RESOLVE: StageReport(stage=Stage.RESOLVE, passed=True),
        Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, facts=facts),
        Stage.RENDER: StageReport(stage=Stage.RENDER, passed=True, facts={"functional": True}),
        Stage.JUDGE: StageReport(stage=Stage.JUDGE, passed=True),
    }


def test_a_site_without_faults_earns_it_whole_and_ten_in_a_thousand_lines_half() -> None:
    assert types(found()) == 1.0
    assert types(found(errors=10)) == 0.5
    assert types(found(errors=4, any=4, untyped_module=2)) == 0.5


@pytest.mark.parametrize(
    "reports",
    [found(errors=None), found(typed=0, lines=500), found(typed=0), {}],
    ids=["unchecked", "js", "none", "lost"],
)
def test_what_was_not_checked_earns_nothing(reports: Reports) -> None:
    assert types(reports) == 0.0


def test_a_tiny_site_and_plain_javascript_earn_their_share() -> None:
    assert types(found(typed=20)) == pytest.approx(0.1)
    assert types(found(typed=500, lines=1_000)) == 0.5


def test_idle_lines_do_not_drown_faults() -> None:
    assert types(found(errors=20, typed=2_000)) == types(found(errors=20, typed=90_000)) == 0.5


COUNTS = st.integers(0, 5_000)


@given(COUNTS, COUNTS, COUNTS, COUNTS)
def test_it_is_a_share_that_a_further_fault_lowers(errors: int, anys: int, typed: int, untyped: int) -> None:
    value = types(found(errors, typed, typed + untyped, any=anys))
    assert 0.0 <= value <= 1.0
    assert types(found(errors + 1, typed, typed + untyped, any=anys)) <= value
    assert types(found(errors, typed, typed + untyped, any=anys + 1)) <= value


def test_a_profile_weighs_it_only_where_types_are_checked() -> None:
    decision = decide(parse(TYPED), found(errors=10))
    assert isinstance(decision, Reward)
    assert decision.components["types"] == 0.5
    assert decision.value == pytest.approx(0.2 * 0.5 + 0.1)
    with pytest.raises(Unprocessable, match=r'weighs types: say typecheck = "note"'):
        parse(TYPED.replace('typecheck = "note"', 'typecheck = "off"'))


def test_bands_before_the_render_cannot_weigh_it() -> None:
    with pytest.raises(Unprocessable, match="build-failed"):
        parse(NOTED.replace("static-share = 0.2", "types = 0.2"))


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_profiles_neither_measure_nor_show_it(name: str) -> None:
    profile = built_in()[name]
    assert "types" not in {term.value for term in measure(profile, found())}
    decision = decide(profile, found())
    assert isinstance(decision, Reward)
    assert "types" not in decision.components
