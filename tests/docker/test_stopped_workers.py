"""`docker stop` and SIGKILL of every worker under load lose nothing, and nobody's reward changes by it."""

from __future__ import annotations

import uuid

import pytest

from services.contract import Evaluation, Rollout
from services.stages import Stage
from tests.support.compose_stack import ComposeStack, docker, is_healthy
from tests.support.golden import ROLLOUTS, load
from tests.support.stacks import wait_until
from trainer_client import RewardClient

pytestmark = pytest.mark.timeout(3_600)
SHOP = load(ROLLOUTS / "shop")
ROUND = 4
AT_WORK = {
    "build": {Stage.LINT, Stage.BUILD},
    "render": {Stage.RENDER},
    "resolver": {Stage.RESOLVE},
    "judge": {Stage.JUDGE},
}


def fresh(number: int) -> Rollout:
    """The shop, changed so that no work of others serves it."""
    completion = SHOP.completion.replace("</webArtifact>", f"<!-- {uuid.uuid4().hex} --></webArtifact>")
    completion = completion.replace(
        "export default", f"console.debug({number!r} + '{uuid.uuid4().hex}');\nexport default", 1
    )
    return Rollout(id=f"r{number}", instruction=SHOP.instruction, completion=completion, step=number)


def reached(service: RewardClient, ids: list[str], stages: set[Stage]) -> bool:
    found = [service.get(each) for each in ids]
    return any(each.status.value == "running" and each.stage in stages for each in found) or all(
        each.status.ended for each in found
    )


def judged(ended: list[Evaluation]) -> list[tuple[str, str | None, float | None]]:
    return [(each.status.value, each.unscored_reason, each.reward) for each in ended]


@pytest.fixture(scope="module")
def undisturbed(service: RewardClient) -> float:
    (only,) = service.score([fresh(0)], run=f"calm-{uuid.uuid4().hex[:6]}", deadline=1_200)
    assert only is not None
    assert only.reward is not None
    return only.reward


@pytest.mark.parametrize("how", ["stop", "kill"])
@pytest.mark.parametrize("name", ["build", "render", "judge", "resolver"])
def test_nothing_is_lost(name: str, how: str, stack: ComposeStack, service: RewardClient, undisturbed: float) -> None:
    submitted = service.submit([fresh(n) for n in range(ROUND)], run=f"{how}-{name}-{uuid.uuid4().hex[:6]}")
    ids = [each.id for each in submitted]
    if name in ("build", "render"):
        wait_until(lambda: reached(service, ids, AT_WORK[name]), f"work of {name}", 600)
    container = stack.container(name)
    docker(how, container, check=True)
    docker("start", container, check=True)
    ended = service.wait(submitted, deadline=1_800)
    assert ended.complete
    assert judged([each for each in ended if each]) == [("scored", None, pytest.approx(undisturbed, abs=0.6))] * ROUND
    wait_until(lambda: is_healthy(container), f"{name} is healthy again", 600)
