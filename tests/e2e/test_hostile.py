"""What attacks its worker ends as the candidate's failure, and the worker goes on."""

from __future__ import annotations

import time

import pytest

from reward_api.embedded import EmbeddedStack
from services.contract import Evaluation, Status
from services.stages import Stage
from tests.support.stacks import PATIENCE, RecordsView
from tests.support.variants import small_rollout, small_site
from trainer_client import RewardClient

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

CONFIG = "import { defineConfig } from 'vite';\n{attack}\nexport default defineConfig({});\n"
MEMORY_BOMB = "const hoard = []; for (;;) hoard.push(Buffer.alloc(16_000_000, 1));"
FORK_BOMB = """import { spawn } from 'node:child_process';
for (;;) spawn('/bin/sh', ['-c', 'while :; do sh -c "sleep 60 & sleep 60" & done'], { detached: true });"""
DAWDLE = "await new Promise((resume) => setTimeout(resume, 10_000));"


def attacked(name: str, attack: str) -> dict[str, str]:
    return small_site(name, vite_dot_config_dot_ts=CONFIG.replace("{attack}", attack))


def score_beside_a_neighbour(service: RewardClient, name: str, attack: str) -> tuple[Evaluation, Evaluation]:
    rollouts = [small_rollout(name, files=attacked(name, attack)), small_rollout(f"beside-{name}")]
    hostile, neighbour = service.score(rollouts, run="hostile", deadline=600)
    assert hostile is not None
    assert neighbour is not None
    return hostile, neighbour


@pytest.mark.parametrize(
    ("name", "attack", "limits"),
    [("memory-bomb", MEMORY_BOMB, {"memory"}), ("fork-bomb", FORK_BOMB, {"processes", "memory", "cpu"})],
)
def test_a_bomb_is_the_candidates_failure_and_its_neighbour_is_unhurt(
    stack: EmbeddedStack, service: RewardClient, name: str, attack: str, limits: set[str]
) -> None:
    before = stack.pids()["build"]
    hostile, neighbour = score_beside_a_neighbour(service, name, attack)
    assert (hostile.status, hostile.band) == (Status.SCORED, "build-failed")
    assert hostile.reports[-1].limit_hit in limits
    assert neighbour.band == "rendered"
    assert stack.pids()["build"] == before


def test_a_rollout_that_kills_its_worker_ends_as_killed_worker(stack: EmbeddedStack, service: RewardClient) -> None:
    """The test's SIGKILL stands for whatever the candidate found: each of its builds, which take their time, takes its
    worker along."""
    (killer,) = service.submit([small_rollout("killer", files=attacked("killer", DAWDLE))], run="killers")
    until = time.monotonic() + PATIENCE
    sound: list[Evaluation] = []
    with RecordsView(stack) as records:
        while not (ended := service.get(killer.id)).status.ended:
            # Others are sent once the killer has begun: that they pass after that is the evidence against it.
            if records.kill_holder(Stage.BUILD, killer.id) and not sound:
                sound = service.submit([small_rollout(f"sound-{number}") for number in range(3)], run="killers")
            assert time.monotonic() < until
    assert (ended.status, ended.band) == (Status.SCORED, "build-failed")
    assert [finding.rule for finding in ended.reports[-1].findings] == ["pipeline/killed-worker"]
    others = service.wait([evaluation.id for evaluation in sound], deadline=300)
    assert [evaluation.band for evaluation in others if evaluation is not None] == ["rendered"] * 3
