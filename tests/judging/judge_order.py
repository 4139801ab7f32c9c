"""``make judge-order``: how often the heuristic judge puts the better of two pages above the worse.

The pages are finished ones that its weights were not set on (``pages/``), and what is made of them. With
``SET=golden`` they are the golden sites instead, which the weights were set on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from benchmarks.bundles import built
from benchmarks.candidates import golden_sites
from benchmarks.stages import Stages
from services.judge.heuristic import HeuristicJudge
from tests.judging.order import NEEDED, figures, ordered, share_right
from tests.judging.pairs import all_pairs
from tests.judging.rendering import Photographer, unbundled
from tests.judging.site import Site, held_out
from tests.support.golden import load_all

NO_PAGES = {"one-picture", "remote-photographs"}
"""Golden sites that are nothing but pictures, which is their fault: no finished pages."""


def golden() -> list[Site]:
    """The finished golden sites, built."""
    asked = {rollout.name: rollout.instruction for rollout in load_all()}
    finished = [candidate for candidate in golden_sites() if candidate.name not in NO_PAGES]
    return [Site(name, asked[name], unbundled(bundle)) for name, bundle in built(Stages(), finished)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make judge-order", description=__doc__)
    parser.add_argument("--set", choices=("held-out", "golden"), default="held-out")
    chosen = parser.parse_args(arguments)
    sites = held_out() if chosen.set == "held-out" else golden()
    judge = HeuristicJudge()
    print(f"judge: {judge.version}; {chosen.set} sites: {', '.join(site.subject for site in sites)}")
    results = []
    for result in ordered(judge, Photographer().take, sites, all_pairs(sites)):
        results.append(result)
        print(result, flush=True)
    print(*figures(results), sep="\n")
    return 0 if share_right(results) >= NEEDED else 1


if __name__ == "__main__":
    sys.exit(main())
