"""``make soak-render RENDERS=500``: many renders, a tenth of them hostile, and whether processes, memory and temporary
files are at the end what they were at the start.

One worker's browser host serves them all, as in a render worker. Sampled with no browser alive: at the start, after
every so many renders, and at the end; and between two renders, the host's browser as it is. Exit status 1: something
has grown, a golden site was not rendered, or a hostile page's harm was taken for our own fault.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from benchmarks.bundles import HOSTILE, Bundles, built, hostile_site, site_of
from benchmarks.candidates import golden_sites
from benchmarks.figures import RESULTS, write
from benchmarks.processes import descendants, memory_of
from benchmarks.stages import Stages
from render_worker.host import Host
from render_worker.render import run_in
from render_worker.site import Site
from render_worker.verdict import End
from services.errors import InfrastructureError
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings

EVERY = 10
"""One render in so many is hostile."""

WARM = 10
"""Renders after which the worker's own memory is taken as its start."""

WORKER_SLACK = 40e6
"""Growth of the worker's own memory that is still flat: a garbage collector's mood."""

_LEFT = ("playwright", "webgen-", "chromium", "org.chromium", ".org.chromium", ".com.google")
"""How files of browsers and sandboxes in the temporary folder begin."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The worker with no browser alive.

    Attributes:
        processes: that it started, and theirs.
        files: in its scratch folder.
        temporary: what browsers and sandboxes have in a temporary folder that is the soak's alone.
        descriptors: open in the worker.
    """

    renders: int
    worker_bytes: int
    processes: int
    files: int
    temporary: frozenset[str]
    descriptors: int


@dataclass
class Tally:
    """How renders ended.

    Attributes:
        ends: (site or hostile page, end) -> how often.
        browsers: started for them.
    """

    ends: Counter[tuple[str, str]] = field(default_factory=Counter)
    browsers: int = 0


def jobs(bundles: Bundles, renders: int) -> Iterator[tuple[str, Site, bool]]:
    """Name, site, whether it is hostile."""
    hostile = list(HOSTILE)
    for number in range(renders):
        if number % EVERY == EVERY - 1:
            name = hostile[number // EVERY % len(hostile)]
            yield name, hostile_site(name), True
        else:
            name, bundle = bundles[number % len(bundles)]
            yield name, site_of(bundle), False


def sample(renders: int, scratch: Path) -> Sample:
    found = [name.name for name in Path(tempfile.gettempdir()).iterdir() if name.name.startswith(_LEFT)]
    return Sample(
        renders=renders,
        worker_bytes=memory_of(os.getpid()),
        processes=len(descendants(os.getpid())),
        files=sum(1 for _ in scratch.rglob("*")),
        temporary=frozenset(found),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
    )


def soak(bundles: Bundles, renders: int, every: int, scratch: Path, tally: Tally) -> Iterator[Sample]:
    settings = RenderSettings(sandbox=SandboxSettings(scratch=scratch))
    with closing(Host(settings, make_sandbox(settings.sandbox))) as host:
        yield sample(0, scratch)
        for number, (name, site, _) in enumerate(jobs(bundles, renders), start=1):
            try:
                run = run_in(host, settings, site, "home")
                tally.ends[name, run.end.value] += 1
                tally.browsers += run.fresh
            except InfrastructureError as error:
                tally.ends[name, f"ours: {error}"[:80]] += 1
            if number in (WARM, renders) or number % every == 0:
                host.close()
                yield sample(number, scratch)


def verdict(found: list[Sample], tally: Tally, sites: Bundles) -> list[str]:
    """What is not as it was at the start."""
    first, last = found[0], found[-1]
    warm = next((one for one in found if one.renders >= WARM), first)
    wrong = [f"{last.processes - first.processes} processes are left"] if last.processes > first.processes else []
    wrong += [f"{last.files} files are left in the scratch folder"] if last.files else []
    left = sorted(last.temporary - first.temporary)
    wrong += [f"left in the temporary folder: {', '.join(left)}"] if left else []
    wrong += (
        [f"{last.descriptors - warm.descriptors} descriptors are left"] if last.descriptors > warm.descriptors else []
    )
    grown = last.worker_bytes - warm.worker_bytes
    wrong += [f"the worker grew by {grown:,} bytes"] if grown > WORKER_SLACK else []
    names = {name for name, _ in sites}
    for (name, end), count in sorted(tally.ends.items()):
        is_wrong = end.startswith("ours") or (name in names and end != End.DONE.value)
        wrong += [f"{name}: {end}, {count} times"] if is_wrong else []
    return wrong


def own_temporary_folder() -> None:
    """Let nothing that others of this machine do be counted."""
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    tempfile.tempdir = os.environ["TMPDIR"] = str(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renders", type=int, default=500)
    parser.add_argument("--every", type=int, default=50, help="renders between two samples")
    parser.add_argument("--out", type=Path, default=RESULTS / "soak-render.json")
    chosen = parser.parse_args()
    bundles = built(Stages(), golden_sites())
    scratch = Path(tempfile.mkdtemp(prefix="soak-"))
    scratch.chmod(0o755)
    own_temporary_folder()
    found: list[Sample] = []
    tally = Tally()
    head = ("renders", "worker MB", "processes", "files", "descriptors", "in tmp", "browsers")
    print("  ".join(head))
    try:
        for one in soak(bundles, chosen.renders, chosen.every, scratch, tally):
            found.append(one)
            memory, left = f"{one.worker_bytes / 1e6:.1f}", len(one.temporary)
            row = (one.renders, memory, one.processes, one.files, one.descriptors, left, tally.browsers)
            print("  ".join(str(value).rjust(len(name)) for name, value in zip(head, row, strict=True)), flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    wrong = verdict(found, tally, bundles)
    ends = {f"{name}: {end}": count for (name, end), count in sorted(tally.ends.items())}
    samples = [asdict(one) | {"temporary": sorted(one.temporary)} for one in found]
    write(chosen.out, {"renders": chosen.renders, "samples": samples, "ends": ends, "wrong": wrong})
    print("\n" + "\n".join(f"{count:>5} {end}" for end, count in ends.items()))
    print("\n" + ("; ".join(wrong) if wrong else "as at the start"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
