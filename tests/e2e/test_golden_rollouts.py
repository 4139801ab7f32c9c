"""Every golden rollout ends where its file says, over HTTP, on the real stack, under each built-in profile."""

from __future__ import annotations

import pytest

from services.contract import Evaluation, Rollout, Severity
from services.rewards.profile import BUILT_IN
from tests.support.golden import Golden, fact, load_all
from trainer_client import RewardClient

GOLDEN = load_all()
Scored = dict[tuple[str, str], Evaluation]
pytestmark = [pytest.mark.stack, pytest.mark.timeout(1_800)]


@pytest.fixture(scope="module")
def scored(service: RewardClient) -> Scored:
    """(profile, rollout) -> its evaluation."""
    found: Scored = {}
    for profile in BUILT_IN:
        rollouts = [Rollout(id=g.name, instruction=g.instruction, completion=g.completion, step=0) for g in GOLDEN]
        scores = service.score(rollouts, run=f"golden-{profile}", profile=profile, deadline=1_500)
        assert scores.complete, f"unfinished under {profile}: {scores.pending}"
        found |= {(profile, g.name): e for g, e in zip(GOLDEN, scores, strict=True) if e is not None}
    return found


def explain(evaluation: Evaluation) -> str:
    """What a failed assertion should show."""
    findings = [
        f"{f.rule}: {f.message}" for r in evaluation.reports for f in r.findings if f.severity is Severity.ERROR
    ]
    return f"{evaluation.stage} {evaluation.band} {evaluation.reward} {evaluation.unscored_reason} {findings[:8]}"


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_it_ends_where_its_file_says(golden: Golden, scored: Scored) -> None:
    evaluation, expected = scored["cascade", golden.name], golden.expected
    assert evaluation.status.value == expected.status, explain(evaluation)
    assert evaluation.stage == expected.stage, explain(evaluation)
    assert evaluation.reports[-1].passed == expected.passed, explain(evaluation)
    rules = {finding.rule for report in evaluation.reports for finding in report.findings}
    assert set(expected.findings) <= rules, explain(evaluation)
    assert not set(expected.absent_findings) & rules, explain(evaluation)
    facts = {key: value for report in evaluation.reports for key, value in report.facts.items()}
    assert {name: fact(facts, name) for name in expected.facts} == dict(expected.facts)


@pytest.mark.parametrize("profile", BUILT_IN)
@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_its_reward_is_what_its_file_says(golden: Golden, profile: str, scored: Scored) -> None:
    evaluation = scored[profile, golden.name]
    low, high = golden.expected.reward[profile]
    assert evaluation.reward is not None, explain(evaluation)
    assert low - 1e-6 <= evaluation.reward <= high + 1e-6, explain(evaluation)


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_every_answer_explains_itself(golden: Golden, scored: Scored) -> None:
    evaluation = scored["cascade", golden.name]
    assert evaluation.profile.name == "cascade"
    assert evaluation.profile.hash
    assert {"rules", "toolchain", "browser", "render", "judge"} <= set(evaluation.versions)
    assert set(evaluation.rewards_by_profile) == set(BUILT_IN)
    assert evaluation.rewards_by_profile["cascade"] == evaluation.reward
    assert {"static", "format"} <= set(evaluation.components)
    if evaluation.judge is not None:
        assert evaluation.judge.kind == "heuristic"


def test_screenshots_and_logs_can_be_fetched(service: RewardClient, scored: Scored) -> None:
    evaluation = scored["cascade", "shop"]
    assert service.artifact(evaluation.id, "home.png").startswith(b"\x89PNG")
    assert b"built in" in service.artifact(evaluation.id, "build.log")
    assert service.artifact(evaluation.id, "bundle.zip").startswith(b"PK")
