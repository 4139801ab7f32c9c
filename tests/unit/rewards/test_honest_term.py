"""The term ``honest``: where it comes from, and when it is shown."""

from __future__ import annotations

import pytest

from services.contract import StageReport
from services.rewards.profile import Term, built_in_text, parse
from services.rewards.terms import Reports, honest, measure
from services.stages import Stage

WEIGHED = built_in_text("cascade").replace("appearance = 1.0,", "appearance = 1.0, honest = 0.5,")


def judged(**facts: object) -> Reports:
    return {
        Stage.LINT: StageReport(stage=Stage.LINT, passed=True),
        Stage.JUDGE: StageReport(stage=Stage.JUDGE, passed=True, facts=facts),
    }


@pytest.mark.parametrize(
    ("reports", "expected"),
    [(judged(addressed=[]), 1.0), (judged(), 1.0), ({}, 1.0), (judged(addressed=[{"kind": "demand"}]), 0.0)],
)
def test_it_is_lost_by_a_text_that_addresses_a_grader(reports: Reports, expected: float) -> None:
    assert honest(reports) == expected


def test_it_is_measured_only_where_a_profile_asks_for_it() -> None:
    assert measure(parse(WEIGHED), judged(addressed=[]))[Term.HONEST] == 1.0
    assert Term.HONEST not in measure(parse(built_in_text("cascade")), judged(addressed=[]))
