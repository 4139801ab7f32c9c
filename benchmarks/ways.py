"""The ways to build a site that are compared: npm and the project's own script, and our lanes in their sandbox."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.figures import Cost
from benchmarks.processes import measured
from build_worker.lanes import Lane
from build_worker.node import Node
from services.contract import SiteSource

_INSTALL = ("install", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error")
"""In favour of the plain way: nothing is asked of the registry that is in npm's cache, and nothing is audited."""


class NotBuilt(Exception):
    """A way that did not build a golden site, and why."""


@dataclass(frozen=True, slots=True)
class PlainCost:
    """What npm's two commands cost, one after the other."""

    install: Cost
    build: Cost

    @property
    def whole(self) -> Cost:
        return self.install + self.build


def plain(site: SiteSource, node: Node) -> PlainCost:
    """``npm install`` in a fresh folder, then ``npm run build``, without any sandbox: for sites of our own only.

    Raises:
        CommandFailed: one of them failed.
        NotBuilt: no page came of it.
    """
    path = f"{node.program.parent}:{os.defpath}"
    environment = {"PATH": path, "HOME": str(Path.home()), "CI": "1", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory(prefix="plain-") as name:
        folder = Path(name)
        for file, text in site.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
        install = measured((*node.npm, *_INSTALL), folder, environment)
        build = measured((*node.npm, "run", "build"), folder, environment)
        if not (folder / "dist" / "index.html").is_file():
            raise NotBuilt("the plain way ended well without an index.html")
    return PlainCost(install, build)


def by_lane(lane: Lane, site: SiteSource, modules: Path, *, lives: Literal["one job", "many jobs"]) -> Cost:
    """One build by a lane, the worker's own part included.

    Args:
        lives: how long the lane's sandbox lives. Of one that ended with its job the kernel's exact account is taken
            where it is larger than the sampled one.

    Raises:
        NotBuilt: the lane failed, or declined.
    """
    own, ended, started = time.process_time(), _ended_children(), time.monotonic()
    outcome = lane.build(site, modules)
    wall, own, ended = time.monotonic() - started, time.process_time() - own, _ended_children() - ended
    run = outcome.run
    if run is None or outcome.declined is not None or "index.html" not in run.files:
        said = outcome.declined or (run.stdout + run.stderr)[-2_000:].decode(errors="replace") if run else "no vite"
        raise NotBuilt(f"the {lane.name} lane did not build: {said}")
    sandboxed = max(run.cpu_seconds, ended) if lives == "one job" else run.cpu_seconds
    return Cost(wall, own + sandboxed, run.peak_memory_bytes)


def _ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
