"""The abuse suite. ``make abuse``, or ``python -m tests.abuse [--only ID…] [--sandbox bubblewrap|docker] [--list]``.

One line an attack, then ``contained N of N``; exit code 1 where an attack was not contained or has no case. It needs
root or user namespaces, for a network of its own.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from tests.abuse import harness, network
from tests.abuse.arena import arena
from tests.abuse.catalogue import Entry, cases, manifest, missing
from tests.abuse.harness import Result
from tests.abuse.processes import adopt_orphans


def main() -> int:
    chosen = _parser().parse_args()
    entries = _selected(manifest(), chosen.only)
    if chosen.list:
        for entry in entries:
            print(f"{entry.id:38} {entry.title}")
        return 0
    for problem in missing(
        entries, [case for case in cases() if not chosen.only or case.id in {e.id for e in entries}]
    ):
        print(problem)
    return 0 if run(entries, chosen.sandbox) == len(entries) else 1


def run(entries: Sequence[Entry], sandbox: str) -> int:
    """Attack; how many were contained. A selected attack without a case is not."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that folders and processes go then, too
    adopt_orphans()
    network.enter()
    known = {case.id: case for case in cases()}
    selected = [known[entry.id] for entry in entries if entry.id in known]
    began = time.monotonic()
    with arena(sandbox) as ready:
        print(f"sandbox {sandbox}; the stack is ready after {time.monotonic() - began:.0f} s", flush=True)
        results = harness.run(ready, selected, _say)
    contained = sum(result.contained for result in results)
    print(f"{time.monotonic() - began:.0f} s")
    print(f"contained {contained} of {len(entries)}", flush=True)
    return contained


def _selected(entries: Sequence[Entry], only: Sequence[str] | None) -> list[Entry]:
    """Whole ids, sections, or how ids begin; a whole id means that one alone."""
    wanted = tuple(only or ())
    unknown = [word for word in wanted if not any(entry.id.startswith(word) for entry in entries)]
    if unknown:
        sys.exit(f"not in the manifest: {', '.join(sorted(unknown))}")
    ids = {entry.id for entry in entries}
    begins = tuple(word for word in wanted if word not in ids)
    return [entry for entry in entries if not wanted or entry.id in wanted or entry.id.startswith(begins)]


def _say(result: Result) -> None:
    print(result.line(), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.abuse", description=__doc__.split("\n")[0])
    parser.add_argument("--only", nargs="+", metavar="ID", help="ids, whole sections, or how ids begin")
    parser.add_argument("--sandbox", choices=("bubblewrap", "docker"), default="bubblewrap")
    parser.add_argument("--list", action="store_true", help="show the manifest and attack nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
