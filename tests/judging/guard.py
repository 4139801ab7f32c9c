"""How many texts that address a grader are found, and how many honest pages are taken for such, through the real
render stage. Run with ``python -m tests.judging.guard``; exits with 1 where a figure of the held-out halves is missed.
"""

from __future__ import annotations

import argparse
import io
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

from render_worker.render import make_render
from services.contract import StageReport
from services.contract.words import WORDS, words_from_bytes
from services.judge.addressing import Addressed, find_all
from services.judge.protocol import Shot
from services.pipeline.work import StageJob
from services.rewards.profile import built_in
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs
from tests.judging.corpus import Entry, Half, Side, corpus, site

LEAST_FOUND = 0.9
MOST_FALSE = 0.02


@dataclass(frozen=True)
class Rendered:
    """One page as the render stage leaves it."""

    shot: Shot
    words: bytes

    @property
    def addressed(self) -> tuple[Addressed, ...]:
        return find_all(words_from_bytes(self.words), [self.shot.name])


@dataclass(frozen=True)
class Figures:
    """Of one half of one side: pages with something found, pages without, and what was found on each."""

    flagged: dict[str, tuple[Addressed, ...]]
    clean: tuple[str, ...]

    @property
    def share(self) -> float:
        return len(self.flagged) / (len(self.flagged) + len(self.clean))

    def __str__(self) -> str:
        return f"{len(self.flagged)} of {len(self.flagged) + len(self.clean)} flagged ({self.share:.1%})"


def renderer() -> Callable[[str], Rendered]:
    """Renders one page at home with the real stage."""
    blobs = MemoryBlobs()
    work = make_render(RenderSettings(width=1280, height=800), make_sandbox(SandboxSettings()))
    profile = built_in()["cascade"].model_copy(update={"render": "home"})

    def render(html: str) -> Rendered:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("index.html", html)
        empty = StageJob("e", Stage.RENDER, "", "", False, profile, {}, False, blobs)
        bundle = empty.keep(buffer.getvalue(), "application/zip")
        reports = {Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, artifacts={"bundle.zip": bundle})}
        seen = work(StageJob("e", Stage.RENDER, "", "", False, profile, reports, False, blobs))
        png, words = (blobs.get(seen.artifacts[name].blob) for name in ("home.png", WORDS))
        return Rendered(Shot("home.png", "/", png), words)

    return render


def figures(entries: list[Entry], render: Callable[[str], Rendered]) -> Figures:
    found = {entry.name: render(site(entry.part)).addressed for entry in entries}
    return Figures(
        {name: told for name, told in found.items() if told}, tuple(n for n, told in found.items() if not told)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[*get_args(Half), "both"], default="both")
    asked = parser.parse_args().half
    halves: list[Half] = [half for half in get_args(Half) if asked in (half, "both")]
    render = renderer()
    missed = False
    for half in halves:
        for side in get_args(Side):
            told = figures(corpus(side, half), render)
            print(f"{half:<12} {side:<8} {told}", flush=True)
            _explain(side, told)
            wrong = told.share < LEAST_FOUND if side == "attacks" else told.share > MOST_FALSE
            missed = missed or (half == "held_out" and wrong)
    sys.exit(1 if missed else 0)


def _explain(side: Side, told: Figures) -> None:
    if side == "attacks":
        for name in told.clean:
            print(f"    missed: {name}")
        return
    for name, found in told.flagged.items():
        print(f"    false alarm: {name}: {', '.join(f'{one.kind} {one.quote!r}' for one in found)}")


if __name__ == "__main__":
    main()
