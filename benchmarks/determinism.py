"""``make same-pictures``: whether the same bundle gives the same screenshots, byte for byte.

Every golden site that renders is rendered many times (``RENDERS=20``) by two workers side by side, each with a browser
that is kept, is replaced after some jobs, and has to do with a hostile page in between. Exit status 1: some picture
was not the same twice.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.bundles import HOSTILE, Bundles, built, hostile_site, site_of
from benchmarks.candidates import golden_sites
from benchmarks.figures import RESULTS, table, write
from benchmarks.stages import Stages
from benchmarks.workers import told_by
from render_worker.host import Host
from render_worker.render import Run, run_in
from render_worker.tour import Mode
from services.sandbox import make_sandbox
from services.settings import RenderSettings

WORKERS = 2
JOBS_OF_A_BROWSER = 11
"""Few, so that browsers are replaced several times while the sites take turns."""

NOTHING = "no picture"

Rendering = tuple[str, dict[str, str]]
"""Site name, and the SHA-256 of each of its pictures."""


def render_all(bundles: Bundles, rounds: int, mode: Mode, told: Connection) -> None:
    """One worker's renderings, told one by one; a hostile page after each round."""
    settings = RenderSettings(browser_jobs=JOBS_OF_A_BROWSER)
    hostile = list(HOSTILE)
    with closing(told), closing(Host(settings, make_sandbox(settings.sandbox))) as host:
        for number in range(rounds):
            for name, bundle in bundles:
                run = run_in(host, settings, site_of(bundle), mode, only_pictures=True)
                told.send((name, hashes(run)))
            if number + 1 < rounds:
                run_in(host, settings, hostile_site(hostile[number % len(hostile)]), "home")


def hashes(run: Run) -> dict[str, str]:
    """Pictures by name. How a run ended that did not go well stands in their place."""
    shots = {name: hashlib.sha256(png).hexdigest() for page in run.visits for name, png in page.shots().items()}
    return shots or {NOTHING: f"{run.end.value}: {run.failure}"}


def renderings(bundles: Bundles, rounds: int, mode: Mode) -> Iterator[Rendering]:
    """Start the workers and yield their renderings as they come."""
    return told_by(render_all, [(bundles, rounds, mode)] * WORKERS)


def tally(found: Sequence[Rendering]) -> dict[str, dict[str, dict[str, int]]]:
    """Site -> picture -> hash -> how often. A picture that a rendering lacks counts as another."""
    names: dict[str, set[str]] = defaultdict(set)
    for site, shots in found:
        names[site] |= shots.keys()
    counts: dict[str, dict[str, dict[str, int]]] = {s: {n: defaultdict(int) for n in names[s]} for s in names}
    for site, shots in found:
        for name in names[site]:
            counts[site][name][shots.get(name, NOTHING)] += 1
    return counts


def wrong(counts: dict[str, dict[str, dict[str, int]]], renders: int, sites: int) -> list[str]:
    """What was not the same, or not there."""
    said = [f"{sites - len(counts)} sites were not rendered"] if len(counts) < sites else []
    for site, shots in counts.items():
        said += [f"{site}: {name} in {len(kinds)} kinds" for name, kinds in sorted(shots.items()) if len(kinds) > 1]
        said += [f"{site}: nothing to see"] if NOTHING in shots else []
        done = max(sum(kinds.values()) for kinds in shots.values())
        said += [f"{site}: {done} renderings of {renders}"] if done != renders else []
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renders", type=int, default=20, help="of each site, by both workers together")
    parser.add_argument("--mode", choices=("home", "full"), default="full")
    parser.add_argument("--sites", nargs="*", help="names of golden sites; all where left out")
    parser.add_argument("--out", type=Path, default=RESULTS / "same-pictures.json")
    chosen = parser.parse_args()
    sites = [site for site in golden_sites() if not chosen.sites or site.name in chosen.sites]
    rounds = max(1, chosen.renders // WORKERS)
    bundles = built(Stages(), sites)
    found = []
    for one in renderings(bundles, rounds, chosen.mode):
        found.append(one)
        if len(found) % len(bundles) == 0:
            print(f"{len(found)} renderings of {len(bundles) * rounds * WORKERS}", flush=True)
    counts = tally(found)
    said = wrong(counts, rounds * WORKERS, len(bundles))
    rows = [
        (site, rounds * WORKERS, len(shots), max(len(kinds) for kinds in shots.values()))
        for site, shots in sorted(counts.items())
    ]
    print("\n" + table(("site", "renderings", "pictures", "most hashes of a picture"), rows))
    write(chosen.out, {"renders": rounds * WORKERS, "mode": chosen.mode, "counts": counts, "wrong": said})
    print("\n" + ("; ".join(said) if said else "the same pictures every time"))
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
