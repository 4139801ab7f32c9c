"""The preflight's golden group over the whole stack: every completion ends as the preflight says that it must."""

from __future__ import annotations

import pytest

from reward_api.embedded import EmbeddedStack
from trainer_client.preflight.check import Check, Level
from trainer_client.preflight.examine import examine
from trainer_client.recipes.config import GrpoRecipe
from trainer_client.recipes.files import load

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module", params=["cascade", "webgen-r1"])
def found(request: pytest.FixtureRequest, stack: EmbeddedStack) -> dict[str, Check]:
    overrides = ["run=mine", "data.train=[train.jsonl]", f"service.url={stack.url}", f"service.profile={request.param}"]
    recipe = load("grpo", overrides)
    assert isinstance(recipe, GrpoRecipe)
    return {check.name: check for check in examine(recipe, rollouts=6)}


def test_the_golden_group_ends_as_it_must(found: dict[str, Check]) -> None:
    assert found["golden group"].level is Level.OK, found["golden group"].found
    paid_alike = "failures are worth the same" in found["reward order"].found
    assert found["reward order"].level is (Level.WARNING if paid_alike else Level.OK)
    assert paid_alike is ("webgen-r1 " in found["profile"].found)


def test_a_finished_page_is_told_from_a_bare_one_and_time_is_known(found: dict[str, Check]) -> None:
    assert found["judge's eye"].level is Level.OK
    assert "for 128 rollouts" in found["seconds a step"].found


def test_the_stand_in_judge_is_the_one_thing_that_fails(found: dict[str, Check]) -> None:
    timed = {"seconds a step", "TRL"}
    failed = {name for name, check in found.items() if check.level is Level.FAILURE}
    assert failed - timed == {"judge"}
