"""Every golden rollout ends inside the containers as its file says."""

from __future__ import annotations

import pytest

from services.contract import Evaluation, Rollout
from tests.support.golden import Golden, fact, load_all
from trainer_client import RewardClient

GOLDEN = load_all()
pytestmark = pytest.mark.timeout(3_600)


@pytest.fixture(scope="module")
def scored(service: RewardClient) -> dict[str, Evaluation]:
    rollouts = [Rollout(id=g.name, instruction=g.instruction, completion=g.completion, step=0) for g in GOLDEN]
    scores = service.score(rollouts, run="golden", deadline=3_000)
    assert scores.complete, f"unfinished: {scores.pending}"
    return {golden.name: each for golden, each in zip(GOLDEN, scores, strict=True) if each is not None}


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_it_ends_in_containers_as_its_file_says(golden: Golden, scored: dict[str, Evaluation]) -> None:
    ended, expected = scored[golden.name], golden.expected
    findings = {finding.rule for report in ended.reports for finding in report.findings}
    facts = {key: value for report in ended.reports for key, value in report.facts.items()}
    how = (ended.status.value, ended.stage, ended.reports[-1].passed if ended.reports else None)
    assert how == (expected.status, expected.stage, expected.passed), (ended.unscored_reason, sorted(findings))
    assert set(expected.findings) <= findings
    assert not set(expected.absent_findings) & findings
    assert {name: fact(facts, name) for name in expected.facts} == dict(expected.facts)
    low, high = expected.reward["cascade"]
    assert ended.reward is not None
    assert low - 1e-6 <= ended.reward <= high + 1e-6


def test_what_equal_workers_rendered_can_be_fetched(service: RewardClient, scored: dict[str, Evaluation]) -> None:
    shop = scored["shop"]
    assert service.artifact(shop.id, "home.png").startswith(b"\x89PNG")
    assert b"built in" in service.artifact(shop.id, "build.log")
    assert service.artifact(shop.id, "bundle.zip").startswith(b"PK")
