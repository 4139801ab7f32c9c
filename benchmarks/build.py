"""``make bench-build``: what a golden site costs to build the plain way, in the project lane, in the scaffold lane.

The three ways take turns on one variant of one site after another, so that noise hits all alike; every variant is
built once by each way. One turn of each site comes first and is not counted: npm's cache and the builder are warm.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.candidates import Candidate, golden_sites, varied
from benchmarks.figures import RESULTS, Cost, Spread, ratios, spread, table, write
from benchmarks.stages import Journey, Stages
from benchmarks.ways import PlainCost, by_lane, plain
from build_worker.lanes import ProjectLane, make_scaffold_lane
from build_worker.node import find_node
from services.contract import SiteSource
from services.sandbox import make_sandbox
from services.stages import Stage

TARGETS = {"scaffold": {"wall": 15.0, "cpu": 10.0}, "project": {"wall": 2.0}}
"""How many times less than the plain way, at least."""

_UNITS = {"wall": "wall s", "cpu": "CPU-s", "memory": "peak MB"}


@dataclass(frozen=True, slots=True)
class Turn:
    """One variant of one site, built by each way."""

    site: str
    plain: PlainCost
    project: Cost
    scaffold: Cost


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that a turn needs, made once."""

    stages: Stages
    project: ProjectLane
    scaffold: Any

    @classmethod
    def make(cls) -> Bench:
        stages = Stages()
        tools, sandbox = stages.settings.tools, make_sandbox(stages.settings.sandbox)
        return cls(stages, ProjectLane(sandbox, find_node(tools)), make_scaffold_lane(tools, sandbox))

    def turn(self, name: str, site: SiteSource, modules: Path) -> Turn:
        """Raises:
        CommandFailed, NotBuilt: a golden site that some way does not build.
        """
        return Turn(
            name,
            plain(site, self.project.node),
            by_lane(self.project, site, modules, lives="one job"),
            by_lane(self.scaffold, site, modules, lives="many jobs"),
        )


def turns(bench: Bench, sites: Sequence[Candidate], rounds: int) -> Iterator[Turn]:
    """The counted turns, one after another."""
    prepared = [(candidate.name, candidate.site, _modules(bench.stages, candidate)) for candidate in sites]
    for number in range(rounds + 1):
        for name, site, modules in prepared:
            turn = bench.turn(name, varied(site, f"round {number} of {name}"), modules)
            if number:
                yield turn


def _modules(stages: Stages, candidate: Candidate) -> Path:
    journey = Journey(candidate)
    result = journey.run(Stage.RESOLVE, stages.resolve)
    assert result.passed, (candidate.name, result.findings)
    return stages.modules(journey)


def series(done: Sequence[Turn]) -> dict[str, dict[str, list[float]]]:
    """Way -> measure -> one figure a turn."""
    costs = {
        "plain": [turn.plain.whole for turn in done],
        "  install": [turn.plain.install for turn in done],
        "  build": [turn.plain.build for turn in done],
        "project": [turn.project for turn in done],
        "scaffold": [turn.scaffold for turn in done],
    }
    return {way: _measures(found) for way, found in costs.items()}


def _measures(costs: Sequence[Cost]) -> dict[str, list[float]]:
    return {
        "wall": [cost.wall_seconds for cost in costs],
        "cpu": [cost.cpu_seconds for cost in costs],
        "memory": [cost.peak_memory_bytes / 1e6 for cost in costs],
    }


def ratio(found: dict[str, dict[str, list[float]]], way: str, measure: str) -> Spread:
    return ratios(found["plain"][measure], found[way][measure])


def missed(found: dict[str, dict[str, list[float]]]) -> list[str]:
    """The targets that the medians of the ratios do not reach."""
    return [
        f"{way}: {measure} {ratio(found, way, measure).median:.1f} times less, wanted {least:g}"
        for way, targets in TARGETS.items()
        for measure, least in targets.items()
        if ratio(found, way, measure).median < least
    ]


def report(found: dict[str, dict[str, list[float]]]) -> str:
    """Medians with their range, then ratios to the plain way pair by pair."""
    costs = [(way, *(spread(found[way][m]) for m in _UNITS)) for way in found]
    times = [(way, *(ratio(found, way, m) for m in _UNITS)) for way in TARGETS]
    return "\n\n".join(
        (
            table(("median (range)", *_UNITS.values()), costs),
            table(("times less than plain", *_UNITS.values()), times),
        )
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="counted turns of each site")
    parser.add_argument("--sites", nargs="*", help="names of golden sites; all where left out")
    parser.add_argument("--out", type=Path, default=RESULTS / "build.json")
    chosen = parser.parse_args()
    sites = [site for site in golden_sites() if not chosen.sites or site.name in chosen.sites]
    bench = Bench.make()
    done = list(turns(bench, sites, chosen.rounds))
    bench.scaffold.builder.close()
    found = series(done)
    short = missed(found)
    write(chosen.out, {"sites": [s.name for s in sites], "turns": [asdict(t) for t in done], "missed": short})
    print(f"{len(sites)} golden sites, {chosen.rounds} rounds\n\n{report(found)}\n")
    print("targets: " + ("; ".join(short) if short else "all reached"))
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
