"""Both lanes make the same of every golden rollout that reaches the build stage: end, findings, every pixel."""

from __future__ import annotations

import pytest

from benchmarks.agreement import Agreement, compare
from benchmarks.candidates import Candidate
from benchmarks.stages import Stages
from build_worker.setup import prepare
from services.settings import ResolveSettings
from services.stages import Stage
from tests.support.golden import Golden, load_all

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

BUILT = [golden for golden in load_all() if golden.expected.stage in (Stage.BUILD, Stage.RENDER, Stage.JUDGE)]
BY_PROJECT = {"vite-config-error", "css-error"}
"""What only the project's own toolchain can say: configuration that is a program, and style sheets that fail, which
another release of the same style tools might let pass."""


@pytest.fixture(scope="module")
def stages() -> Stages:
    prepare(ResolveSettings(), lambda _: None)
    return Stages()


def explain(found: Agreement) -> str:
    sides = (found.project, found.scaffold)
    return f"{found.problems} auto: {found.auto} {[side.messages for side in sides if side is not None]}"


@pytest.mark.parametrize("golden", BUILT, ids=lambda golden: golden.name)
def test_both_lanes_make_the_same_of_it(golden: Golden, stages: Stages) -> None:
    found = compare(stages, Candidate(golden.name, golden.completion))
    assert found.unresolved is None
    assert not found.problems, explain(found)
    lane = "project" if golden.name in BY_PROJECT else "scaffold"
    assert found.auto.partition(":")[0] == lane, explain(found)
