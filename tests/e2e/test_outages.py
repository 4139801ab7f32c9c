"""Our outages end as null with a reason, never as a low reward; when they are over, the work goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.contract import Evaluation, Status
from services.stages import Stage
from tests.support.stacks import client, running
from tests.support.variants import small_rollout, with_missing_package
from tests.support.vlm_server import VlmServer
from trainer_client import RewardClient

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def vlm() -> Iterator[VlmServer]:
    with VlmServer() as server:
        yield server


@pytest.fixture(scope="module")
def cut_off(vlm: VlmServer) -> Iterator[RewardClient]:
    """A stack whose judge is a server that can go down, and whose registry is away."""
    judge = {"BASE_URL": vlm.base_url, "API_KEY": "test", "MODEL": "eye-1"}
    # A circuit that opened would let the evaluation wait for minutes.
    sure = {"LIMITS__BREAKER_FAILURES": "1000", "LIMITS__BREAKER_CALLS": "1000"}
    environment = {f"WEBGEN_JUDGE__{name}": value for name, value in (judge | sure).items()}
    environment["WEBGEN_REGISTRY"] = "http://127.0.0.1:9"
    with running(judge="vlm", environment=environment) as stack, client(stack) as service:
        yield service


def only(service: RewardClient, name: str, **options: object) -> Evaluation:
    (evaluation,) = service.score([small_rollout(name, **options)], run="outage", deadline=300)  # type: ignore[arg-type]
    assert evaluation is not None
    return evaluation


def test_a_judge_that_is_down_gives_null_and_rejudging_builds_nothing_again(
    vlm: VlmServer, cut_off: RewardClient
) -> None:
    assert only(cut_off, "before").judge is not None
    vlm.set("down")
    down = only(cut_off, "meanwhile")
    vlm.set("normal")
    assert (down.status, down.reward, down.unscored_reason) == (Status.UNSCORED, None, "judge")
    derived = cut_off.rejudge(down.id)
    again = cut_off.wait([derived.id], deadline=120)[0]
    assert again is not None
    assert (again.status, again.derived_from) == (Status.SCORED, down.id)
    assert again.reward is not None
    assert set(again.reused) == {Stage.LINT, Stage.RESOLVE, Stage.BUILD, Stage.RENDER}
    assert cut_off.get(down.id).reward is None


def test_a_missing_package_is_the_candidates_only_while_the_registry_answers(cut_off: RewardClient) -> None:
    away = only(cut_off, "missing", files=with_missing_package("missing"))
    assert (away.status, away.reward, away.unscored_reason) == (Status.UNSCORED, None, "registry")
    assert only(cut_off, "set-is-there").reward is not None
