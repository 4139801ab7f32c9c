"""``make soak-build BUILDS=10000``: many builds in the scaffold lane, and whether memory and files stay what they are.

Two workers, each with a warm builder of its own as in a build worker, share the builds; no two are of the same
content. Sampled between two builds: resident memory of the builder's processes and of the worker itself, and what
lies in the builder's writable folders and in the worker's scratch folder.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.candidates import Candidate, golden_sites, varied
from benchmarks.figures import RESULTS, write
from benchmarks.processes import descendants, memory_of
from benchmarks.stages import Journey, Stages
from benchmarks.workers import told_by
from build_worker.lanes import make_scaffold_lane
from services.contract import SiteSource
from services.sandbox import make_sandbox
from services.settings import BuildSettings, SandboxSettings
from services.stages import Stage

WORKERS = 2
WRITABLE = ("job", "tmp", "dev/shm")
"""Folders that a program inside the sandbox may write to."""

WARM_SHARE = 0.2
SLACK = {"worker_bytes": 20e6, "files": 5.0, "file_bytes": 1e6}
"""Growth over the whole measured time that is still flat: a garbage collector's mood, a file in use."""

PEAK_SLACK = 40e6
"""By which a builder's high-water mark may stand higher in the second half of the measured time than in the first. A
builder grows with every build until it is replaced (`build_worker.lanes.builder`), so its peaks are compared."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One worker between two builds.

    Attributes:
        builds: that it made until now.
        builder_bytes: anonymous and shared memory of all processes of its builder and its sandbox.
        worker_bytes: of the worker's own process.
        files, file_bytes: in the builder's writable folders and the worker's scratch folder.
        failed: builds that did not end with a built site.
    """

    worker: int
    builds: int
    builder_bytes: int
    worker_bytes: int
    files: int
    file_bytes: int
    failed: int


Work = Sequence[tuple[str, SiteSource, Path]]


def build_many(number: int, work: Work, builds: int, every: int, told: Connection) -> None:
    """One worker's builds; a sample is told after every so many, one build before the first."""
    scratch = Path(tempfile.mkdtemp(prefix="soak-"))
    scratch.chmod(0o755)
    lane = make_scaffold_lane(BuildSettings().tools, make_sandbox(SandboxSettings(scratch=scratch)))
    failed = 0
    try:
        for build in range(builds):
            name, site, modules = work[build % len(work)]
            outcome = lane.build(varied(site, f"build {build} of worker {number}, {name}"), modules)
            built = outcome.declined is None and outcome.run is not None and "index.html" in outcome.run.files
            failed += not built
            if build == 0 or (build + 1) % every == 0:
                told.send(sample(number, build + 1, scratch, failed))
    finally:
        lane.builder.close()
        shutil.rmtree(scratch, ignore_errors=True)
        told.close()


def sample(number: int, builds: int, scratch: Path, failed: int) -> Sample:
    below = descendants(os.getpid())
    innermost = below[-1:]
    folders = [Path(f"/proc/{process.pid}/root/{name}") for process in innermost for name in WRITABLE]
    sizes = [size for folder in (*folders, scratch) for size in _file_sizes(folder)]
    return Sample(
        worker=number,
        builds=builds,
        builder_bytes=sum(process.memory_bytes for process in below),
        worker_bytes=memory_of(os.getpid()),
        files=len(sizes),
        file_bytes=sum(sizes),
        failed=failed,
    )


def _file_sizes(folder: Path) -> Iterator[int]:
    """Sizes of the files below a folder; one that goes meanwhile is left out."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                yield (Path(parent) / name).lstat().st_size


def samples(work: Work, builds: int, every: int) -> Iterator[Sample]:
    """Start the workers and yield their samples as they come."""
    return told_by(build_many, [(number, work, builds // WORKERS, every) for number in range(WORKERS)])


def growth(points: Sequence[tuple[float, float]]) -> float:
    """How much a straight line through the points (least squares) rises from the first to the last of them."""
    middle = statistics.fmean(x for x, _ in points)
    width = sum((x - middle) ** 2 for x, _ in points)
    slope = sum((x - middle) * y for x, y in points) / width if width else 0.0
    return slope * (points[-1][0] - points[0][0])


def verdict(found: Sequence[Sample], builds: int) -> list[str]:
    """What was not flat after warm-up, or not there at all."""
    wrong = [f"worker {n} ended early" for n in range(WORKERS) if _made(found, n) < builds // WORKERS]
    wrong += [f"worker {n}: {_last(found, n).failed} builds failed" for n in _seen(found) if _last(found, n).failed]
    for number in _seen(found):
        kept = [s for s in found if s.worker == number and s.builds > builds // WORKERS * WARM_SHARE]
        for field, slack in SLACK.items():
            rise = growth([(s.builds, getattr(s, field)) for s in kept]) if len(kept) > 1 else 0.0
            wrong += [f"worker {number}: {field} rose by {rise:,.0f}"] if rise > slack else []
        higher = peak_rise([s.builder_bytes for s in kept])
        wrong += [f"worker {number}: a builder's peak rose by {higher:,.0f} bytes"] if higher > PEAK_SLACK else []
    return wrong


def peak_rise(sizes: Sequence[int]) -> float:
    """By how much the highest of the second half stands above the highest of the first."""
    half = len(sizes) // 2
    return max(sizes[half:]) - max(sizes[:half]) if half else 0.0


def _seen(found: Sequence[Sample]) -> list[int]:
    return sorted({one.worker for one in found})


def _last(found: Sequence[Sample], number: int) -> Sample:
    return max((one for one in found if one.worker == number), key=lambda one: one.builds)


def _made(found: Sequence[Sample], number: int) -> int:
    return max((one.builds for one in found if one.worker == number), default=0)


def _prepared(sites: Sequence[Candidate]) -> Work:
    stages = Stages()
    work = []
    for candidate in sites:
        journey = Journey(candidate)
        result = journey.run(Stage.RESOLVE, stages.resolve)
        assert result.passed, (candidate.name, result.findings)
        work.append((candidate.name, candidate.site, stages.modules(journey)))
    return work


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", type=int, default=10_000, help="of both workers together")
    parser.add_argument("--every", type=int, default=50, help="builds of one worker between two samples")
    parser.add_argument("--out", type=Path, default=RESULTS / "soak.json")
    chosen = parser.parse_args()
    found: list[Sample] = []
    print(f"{'worker':>6} {'builds':>7} {'builder MB':>10} {'worker MB':>9} {'files':>6} {'file MB':>8} {'failed':>6}")
    for one in samples(_prepared(golden_sites()), chosen.builds, chosen.every):
        found.append(one)
        memory = f"{one.builder_bytes / 1e6:>10.1f} {one.worker_bytes / 1e6:>9.1f}"
        files = f"{one.files:>6} {one.file_bytes / 1e6:>8.2f} {one.failed:>6}"
        print(f"{one.worker:>6} {one.builds:>7} {memory} {files}", flush=True)
    wrong = verdict(found, chosen.builds)
    write(chosen.out, {"builds": chosen.builds, "samples": [asdict(one) for one in found], "wrong": wrong})
    print("\n" + ("; ".join(wrong) if wrong else "flat after warm-up"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
