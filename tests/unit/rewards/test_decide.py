"""The outcome table, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from services.compliance import RULES
from services.contract import Artifact, StageReport
from services.rewards.decide import Next, Reward, decide, rewards_by_profile
from services.rewards.profile import Band, built_in, built_in_text, parse
from services.stages import Stage

PROFILES = built_in()
CASCADE = PROFILES["cascade"]
OWN_RULES = [rule for rule in RULES if rule.startswith("static/")]
SHOT = Artifact(blob="0" * 64, media_type="image/png", size=1)


def lint(**failed: bool) -> StageReport:
    static = dict.fromkeys(RULES, True)
    names = [name.replace("_", "-") for name in failed]
    static |= {rule: False for rule in RULES if rule.partition("/")[2] in names}
    return StageReport(stage=Stage.LINT, passed=static["static/site-source"], facts={"static": static})


def report(stage: Stage, passed: bool = True, **facts: Any) -> StageReport:
    shots = {"home.png": SHOT} if stage is Stage.RENDER and facts.pop("shot", True) else {}
    return StageReport(stage=stage, passed=passed, facts=facts, artifacts=shots)


def grade(*criteria: float, overall: float = 3.6) -> StageReport:
    names = ("rendering", "relevance", "layout", "beauty")
    sample = {"criteria": dict(zip(names, criteria, strict=True)), "overall": overall}
    return report(Stage.JUDGE, samples=[sample])


def reports(*items: StageReport) -> dict[Stage, StageReport]:
    return {item.stage: item for item in items}


RESOLVED = report(Stage.RESOLVE)
BUILT = report(Stage.BUILD)


def test_an_evaluation_walks_the_stages_in_order() -> None:
    done: list[StageReport] = []
    for item in (lint(), RESOLVED, BUILT, report(Stage.RENDER, functional=True), grade(4, 4, 4, 4)):
        assert decide(CASCADE, reports(*done)) == Next(item.stage)
        done.append(item)
    assert isinstance(decide(CASCADE, reports(*done)), Reward)


ROWS = [
    ("no source", reports(lint(site_source=True)), -1.0, 0.0, 0.1),
    ("one gate", reports(lint(entry_point=True)), -0.9 + 0.3 * 0.9, None, None),
    ("every gate's gate", reports(lint(package_json=True)), -0.9 + 0.3 * 0.9, 0.0, 0.1),
    ("resolve", reports(lint(), report(Stage.RESOLVE, False)), -0.3, 0.0, 0.2),
    ("build", reports(lint(), RESOLVED, report(Stage.BUILD, False)), -0.3, 0.0, 0.2),
    ("blank", reports(lint(), RESOLVED, BUILT, report(Stage.RENDER, False)), -0.2, 0.0, None),
    ("hung", reports(lint(), RESOLVED, BUILT, report(Stage.RENDER, False, shot=False)), -0.2, 0.0, 0.2),
    (
        "rendered",
        reports(lint(), RESOLVED, BUILT, report(Stage.RENDER, functional=True), grade(4, 3, 4, 3, overall=3.6)),
        3.7,
        4.2,
        4.2,
    ),
    (
        "rendered with errors, no format",
        reports(lint(think_answer=True), RESOLVED, BUILT, report(Stage.RENDER, functional=False), grade(5, 5, 5, 5)),
        5.0,
        4.0,
        4.1,
    ),
    (
        "the judge refused it",
        reports(lint(), RESOLVED, BUILT, report(Stage.RENDER, functional=True), report(Stage.JUDGE, False)),
        -0.2,
        0.0,
        0.2,
    ),
]


@pytest.mark.parametrize(("name", "found", "cascade", "paper", "released"), ROWS, ids=[row[0] for row in ROWS])
def test_the_outcome_table(
    name: str, found: dict[Stage, StageReport], cascade: float, paper: float | None, released: float | None
) -> None:
    by_profile = rewards_by_profile(PROFILES, found)
    assert by_profile["cascade"] == pytest.approx(cascade)
    assert by_profile["webgen-r1"] == (None if paper is None else pytest.approx(paper))
    assert by_profile["webgen-r1-released"] == (None if released is None else pytest.approx(released))


def test_build_failure_pays_the_share_of_all_static_rules() -> None:
    found = reports(lint(bare_imports=True, think_content=True), RESOLVED, report(Stage.BUILD, False))
    decision = decide(CASCADE, found)
    assert isinstance(decision, Reward)
    assert decision.value == pytest.approx(-0.5 + 0.2 * (len(OWN_RULES) - 2) / len(OWN_RULES), abs=1e-6)
    assert decision.band is Band.BUILD_FAILED


def test_a_type_error_fails_the_build_only_where_the_profile_gates_on_it() -> None:
    found = reports(lint(), RESOLVED, report(Stage.BUILD, type_errors=2))
    assert decide(CASCADE, found) == Next(Stage.RENDER)
    gated = CASCADE.model_copy(update={"typecheck": "gate"})
    assert isinstance(decide(gated, found), Reward)
    assert isinstance(decide(gated, reports(lint(), RESOLVED, BUILT)), Reward), "unchecked types pass no gate"
    assert decide(gated, reports(lint(), RESOLVED, report(Stage.BUILD, type_errors=0))) == Next(Stage.RENDER)


def test_the_hash_changes_with_a_number_and_not_with_the_description() -> None:
    text = built_in_text("cascade")
    assert parse(text.replace("-0.2", "-0.21")).hash != CASCADE.hash
    assert parse(text.replace("The default.", "Another text.")).hash == CASCADE.hash
