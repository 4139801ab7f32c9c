"""A warm builder stays from build to build, and is replaced where it is old, large or has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from build_worker.dependencies import declared
from build_worker.dependencies.make import make_npm, make_sets
from build_worker.lanes import LaneOutcome, ScaffoldLane, make_scaffold_lane
from build_worker.lanes.builder import Recycling
from build_worker.setup import prepare
from services.artifact import scaffold_files
from services.contract import SiteSource
from services.sandbox import make_sandbox
from services.settings import ResolveSettings, SandboxSettings

pytestmark = pytest.mark.stack

SITE = SiteSource(files=scaffold_files())


@pytest.fixture(scope="module")
def modules() -> Iterator[Path]:
    settings = ResolveSettings()
    prepare(settings, lambda _: None)
    dependencies = declared(SITE.files["package.json"])
    assert not isinstance(dependencies, tuple)
    sets = make_sets(settings.tools)
    sets.resolve(dependencies, make_npm(settings))
    with sets.use(sets.key(dependencies)) as folder:
        yield folder / "node_modules"


@contextmanager
def lane(recycling: Recycling | None = None) -> Iterator[ScaffoldLane]:
    made = make_scaffold_lane(ResolveSettings().tools, make_sandbox(SandboxSettings()), recycling)
    with closing(made.builder):
        yield made


def served(outcome: LaneOutcome) -> int:
    """How many builds the builder has made, this one included."""
    assert outcome.run is not None
    assert (outcome.declined, outcome.run.exit_code) == (None, 0)
    return int(outcome.facts["builder_jobs"])


def test_one_builder_serves_build_after_build(modules: Path) -> None:
    with lane() as scaffold:
        assert [served(scaffold.build(SITE, modules)) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("recycling", [Recycling(builds=1), Recycling(memory_bytes=1)])
def test_an_old_or_large_builder_is_replaced(modules: Path, recycling: Recycling) -> None:
    with lane(recycling) as scaffold:
        assert [served(scaffold.build(SITE, modules)) for _ in range(2)] == [1, 1]


def test_after_a_limit_the_site_is_declined_and_a_new_builder_serves_the_next(modules: Path) -> None:
    with lane() as scaffold:
        tight = replace(scaffold, limits=replace(scaffold.limits, memory_bytes=1_000_000))
        outcome = tight.build(SITE, modules)
        assert outcome.declined == "the builder was ended at memory"
        assert served(scaffold.build(SITE, modules)) == 1
