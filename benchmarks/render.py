"""``make bench-render``: what a golden site's home page costs to photograph the plain way and ours, and what a full
visit costs by its parts.

The ways take turns on a few sites after another, so that noise hits all alike: full Chromium launched for each page
with Playwright's default screenshot; our photograph of the same; our stage in mode ``home``, which measures the page
besides; the photograph with one browser an evaluation. The target is that of the photograph: like with like. Each way
works on as many sites at a time as ``--at-once`` says, as a worker does. The first round is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.bundles import Bundles, built
from benchmarks.candidates import golden_sites
from benchmarks.figures import RESULTS, Cost, Spread, ratios, spread, table, write
from benchmarks.render_ways import Clock, Lanes, Ours, Plain, Way
from benchmarks.stages import Stages
from render_worker.browser import Running, open_browser
from render_worker.tour import open_window
from services.sandbox import Sandbox, make_sandbox
from services.settings import RenderSettings

TARGET = 4.0
"""How many times the pages a second of the plain way, at least."""

WAYS = {
    "plain": "photograph, full Chromium each page",
    "picture": "photograph, ours",
    "stage": "photograph and measures, ours",
    "one": "photograph, ours, one browser each",
}
"""In the order of `Turn`."""

BATCHES = 4
"""Pages of each lane in one turn."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A few sites' home pages, photographed by each way."""

    sites: tuple[str, ...]
    plain: Cost
    picture: Cost
    stage: Cost
    one: Cost


@dataclass(frozen=True, slots=True)
class Full:
    """One site's full visit.

    Attributes:
        parts: name -> seconds.
    """

    site: str
    cost: Cost
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds that it takes until each is there."""

    browser: float
    context: float


def turns(bundles: Bundles, ways: Sequence[Lanes], rounds: int, few: int) -> Iterator[Turn]:
    """The counted turns; ``ways`` in the order of `WAYS`.

    Raises:
        NotSeen: a way that does not photograph a golden site.
    """
    for number in range(rounds + 1):
        for first in range(0, len(bundles), few):
            names, contents = zip(*bundles[first : first + few], strict=True)
            costs = [way.photograph(contents) for way in ways]
            if number:
                yield Turn(names, *costs)


def full_visits(bundles: Bundles, ours: Ours) -> Iterator[Full]:
    for name, bundle in bundles:
        with Clock() as clock:
            run = ours.photograph(bundle, "full")
        yield Full(name, clock.cost, run.tour.seconds)


async def starts(settings: RenderSettings, sandbox: Sandbox, count: int) -> list[Start]:
    """What comes before the first page: driver, sandbox and browser together; then a context of it."""
    found = []
    for _ in range(count):
        began = time.monotonic()
        async with open_browser(settings, sandbox) as opened:
            there = time.monotonic()
            session = await opened.browser.new_browser_cdp_session()
            running = Running(opened.browser, opened.watch)
            async with open_window(running, session, (settings.width, settings.height), has_touch=False):
                found.append(Start(there - began, time.monotonic() - there))
    return found


def series(done: Sequence[Turn]) -> dict[str, list[Cost]]:
    """Each way's costs of a page, turn by turn."""
    return {way: [_of_a_page(getattr(turn, way), len(turn.sites)) for turn in done] for way in WAYS}


def _of_a_page(cost: Cost, pages: int) -> Cost:
    return Cost(cost.wall_seconds / pages, cost.cpu_seconds / pages, cost.peak_memory_bytes)


def gain(found: dict[str, list[Cost]], way: str, measure: str = "wall_seconds") -> Spread:
    """How many times more pages in the same real or CPU time than the plain way."""
    return ratios([getattr(c, measure) for c in found["plain"]], [getattr(c, measure) for c in found[way]])


def report(found: dict[str, list[Cost]], fulls: Sequence[Full], begun: Sequence[Start]) -> str:
    rows = [
        (
            WAYS[way],
            f"{len(costs) / sum(c.wall_seconds for c in costs):.2f}",
            spread(c.wall_seconds for c in costs),
            spread(c.cpu_seconds for c in costs),
            "" if way == "plain" else gain(found, way),
            "" if way == "plain" else gain(found, way, "cpu_seconds"),
        )
        for way, costs in found.items()
    ]
    head = ("home page", "pages/s", "wall s", "CPU-s", "times the pages", "times less CPU")
    parts = sorted({name for full in fulls for name in full.parts})
    visits = [(name, spread(full.parts.get(name, 0.0) for full in fulls)) for name in parts]
    visits += [
        ("all", spread(f.cost.wall_seconds for f in fulls)),
        ("CPU-s", spread(f.cost.cpu_seconds for f in fulls)),
    ]
    started = [("driver and browser", spread(s.browser for s in begun)), ("context", spread(s.context for s in begun))]
    return "\n\n".join(
        (table(head, rows), table(("full visit, by part", "seconds"), visits), table(("start", "seconds"), started))
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="counted turns of each site")
    parser.add_argument("--at-once", type=int, default=os.cpu_count(), help="pages at a time; as many as cores")
    parser.add_argument("--sites", nargs="*", help="names of golden sites; all where left out")
    parser.add_argument("--out", type=Path, default=RESULTS / "render.json")
    chosen = parser.parse_args()
    sites = [site for site in golden_sites() if not chosen.sites or site.name in chosen.sites]
    bundles = built(Stages(), sites)
    settings = RenderSettings()
    alone = settings.model_copy(update={"browser_life": "one"})
    sandbox = make_sandbox(settings.sandbox)
    ways: list[Callable[[], Way]] = [
        lambda: Plain(settings),
        lambda: Ours(settings, sandbox, only_pictures=True),
        lambda: Ours(settings, sandbox),
        lambda: Ours(alone, sandbox, only_pictures=True),
    ]
    with ExitStack() as stack:
        lanes = [stack.enter_context(closing(Lanes(way, chosen.at_once))) for way in ways]
        done = list(turns(bundles, lanes, chosen.rounds, BATCHES * chosen.at_once))
    with closing(Ours(settings, sandbox)) as ours:
        fulls = list(full_visits(bundles, ours))
    begun = asyncio.run(starts(settings, sandbox, chosen.rounds))
    found = series(done)
    reached = gain(found, "picture").median >= TARGET
    body = {
        "turns": [asdict(turn) for turn in done],
        "full": [asdict(full) for full in fulls],
        "starts": [asdict(start) for start in begun],
        "reached": reached,
    }
    write(chosen.out, body)
    print(f"{len(bundles)} golden sites, {chosen.rounds} rounds, {chosen.at_once} pages at a time\n")
    print(f"{report(found, fulls, begun)}\n")
    print(f"target, {TARGET:g} times the pages a second: {'reached' if reached else 'missed'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
