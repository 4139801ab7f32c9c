"""The outcome table, row by row, and the order of its bands over generated reports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract import Artifact, StageReport
from services.errors import Unprocessable
from services.rewards.decide import Next, Reward, decide, rewards_by_profile
from services.rewards.profile import BUILT_IN, Band, built_in, built_in_text, parse
from services.stages import Stage

PROFILES = built_in()
CASCADE = PROFILES["cascade"]
ALL_RULES = sorted(
    {rule for p in PROFILES.values() for rule in (*p.static.gates, *p.static.format, *p.static.code_format)}
    | {"static/bare-imports"}
)
SHOT = Artifact(blob="0" * 64, media_type="image/png", size=1)


def lint(**failed: bool) -> StageReport:
    static = dict.fromkeys(ALL_RULES, True)
    static |= {f"static/{name.replace('_', '-')}": False for name in failed}
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
    assert decision.value == pytest.approx(-0.5 + 0.2 * (len(ALL_RULES) - 2) / len(ALL_RULES), abs=1e-6)
    assert decision.band is Band.BUILD_FAILED


def test_a_type_error_fails_the_build_only_where_the_profile_gates_on_it() -> None:
    found = reports(lint(), RESOLVED, report(Stage.BUILD, type_errors=2))
    assert decide(CASCADE, found) == Next(Stage.RENDER)
    gated = CASCADE.model_copy(update={"typecheck": "gate"})
    assert isinstance(decide(gated, found), Reward)
    assert isinstance(decide(gated, reports(lint(), RESOLVED, BUILT)), Reward), "unchecked types pass no gate"
    assert decide(gated, reports(lint(), RESOLVED, report(Stage.BUILD, type_errors=0))) == Next(Stage.RENDER)


@st.composite
def journeys(draw: st.DrawFn) -> dict[Stage, StageReport]:
    """Reports of a whole or an interrupted journey, in any mix of results."""
    failed = draw(st.sets(st.sampled_from(ALL_RULES)))
    static = {rule: rule not in failed for rule in ALL_RULES}
    passed = st.booleans()
    grades = st.floats(0, 5)
    shot, works = draw(passed), draw(passed)
    verdict = grade(*(draw(grades) for _ in range(4)), overall=draw(grades))
    return reports(
        StageReport(stage=Stage.LINT, passed=True, facts={"static": static}),
        report(Stage.RESOLVE, draw(passed)),
        report(Stage.BUILD, draw(passed)),
        report(Stage.RENDER, draw(passed), shot=shot, functional=works),
        verdict,
    )


ORDERED = (Band.NO_SOURCE, Band.STATIC_FAILED, Band.BUILD_FAILED, Band.RENDER_FAILED, Band.RENDERED)


@given(journeys(), journeys())
def test_a_later_band_always_earns_more(a: dict[Stage, StageReport], b: dict[Stage, StageReport]) -> None:
    first, second = decide(CASCADE, a), decide(CASCADE, b)
    assert isinstance(first, Reward)
    assert isinstance(second, Reward)
    if ORDERED.index(first.band) < ORDERED.index(second.band):
        assert first.value < second.value


@given(journeys(), st.sampled_from(BUILT_IN))
def test_rewards_are_bounded(found: dict[Stage, StageReport], name: str) -> None:
    decision = decide(PROFILES[name], found)
    assert isinstance(decision, Reward)
    assert -1.0 <= decision.value <= 5.2


@given(journeys(), st.sampled_from(ALL_RULES), st.sampled_from(BUILT_IN))
def test_mending_a_static_rule_never_costs(found: dict[Stage, StageReport], rule: str, name: str) -> None:
    before = decide(PROFILES[name], found)
    static = {**found[Stage.LINT].facts["static"], rule: True}
    mended = {**found, Stage.LINT: StageReport(stage=Stage.LINT, passed=True, facts={"static": static})}
    after = decide(PROFILES[name], mended)
    assert isinstance(before, Reward)
    assert isinstance(after, Reward)
    assert after.value >= before.value


def test_the_hash_changes_with_a_number_and_not_with_the_description() -> None:
    text = built_in_text("cascade")
    assert parse(text.replace("-0.2", "-0.21")).hash != CASCADE.hash
    assert parse(text.replace("The default.", "Another text.")).hash == CASCADE.hash


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("samples = 3", "samples = 0"), "judge.samples"),
        (("gate-share = 0.3", "gate-share = 1e308"), "gate-share"),
        (("render_gate = true", "render_gat = true"), "render_gat"),
        (("[bands.no-source]\nbase = -1.0", ""), "no-source"),
        (("gate-share = 0.3", "appearance = 0.3"), "appearance"),
        (('version = "1"', 'version = "1'), "TOML"),
    ],
)
def test_a_wrong_profile_is_refused_naming_the_key(change: tuple[str, str], named: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        parse(built_in_text("cascade").replace(*change))
    assert named in caught.value.detail
