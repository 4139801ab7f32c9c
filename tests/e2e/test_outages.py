"""Our outages end as null with a reason, never as a low reward; when they are over, the work goes on."""

from __future__ import annotations

import pytest

from services.contract import Evaluation, Status
from services.stages import Stage
from tests.support.stacks import client, running
from tests.support.variants import small_rollout, with_dependencies
from tests.support.vlm_server import VlmServer
from trainer_client import RewardClient

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]
MISSING = "webgen-no-such-package-7f3a"


def only(service: RewardClient, name: str, **options: object) -> Evaluation:
    (evaluation,) = service.score([small_rollout(name, **options)], run="outage", deadline=300)  # type: ignore[arg-type]
    assert evaluation is not None
    return evaluation


def test_a_judge_that_is_down_gives_null_and_rejudging_builds_nothing_again() -> None:
    with VlmServer() as vlm:
        key = {"WEBGEN_JUDGE__BASE_URL": vlm.base_url, "WEBGEN_JUDGE__API_KEY": "test", "WEBGEN_JUDGE__MODEL": "eye-1"}
        # A circuit that opened would let the evaluation wait for minutes.
        sure = {"WEBGEN_JUDGE__LIMITS__BREAKER_FAILURES": "1000", "WEBGEN_JUDGE__LIMITS__BREAKER_CALLS": "1000"}
        with running(judge="vlm", environment=key | sure) as stack, client(stack) as service:
            assert only(service, "before").judge is not None
            vlm.set("down")
            down = only(service, "meanwhile")
            assert (down.status, down.reward, down.unscored_reason) == (Status.UNSCORED, None, "judge")
            vlm.set("normal")
            derived = service.rejudge(down.id)
            again = service.wait([derived.id], deadline=120)[0]
            assert again is not None
            assert (again.status, again.derived_from) == (Status.SCORED, down.id)
            assert again.reward is not None
            assert set(again.reused) == {Stage.LINT, Stage.RESOLVE, Stage.BUILD, Stage.RENDER}
            assert service.get(down.id).reward is None


def test_a_missing_package_is_the_candidates_only_while_the_registry_answers() -> None:
    files = with_dependencies("missing", **{MISSING: "^1.0.0"})
    with running(environment={"WEBGEN_REGISTRY": "http://127.0.0.1:9"}) as stack, client(stack) as service:
        away = only(service, "missing", files=files)
        assert (away.status, away.reward, away.unscored_reason) == (Status.UNSCORED, None, "registry")
        assert only(service, "set-is-there").reward is not None


def test_the_same_package_with_the_registry_there_is_the_candidates(service: RewardClient) -> None:
    there = only(service, "missing", files=with_dependencies("missing", **{MISSING: "^1.0.0"}))
    assert (there.status, there.band) == (Status.SCORED, "build-failed")
    assert "resolve/no-such-package" in {finding.rule for finding in there.reports[-1].findings}
