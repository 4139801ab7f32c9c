"""``make compare-lanes SITES=folder``: every completion of a folder (``*.txt``) in both lanes, and where they differ.

Exit status 1 where a site that the scaffold lane takes comes out otherwise than in the project lane.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.agreement import Agreement, Side, compare
from benchmarks.candidates import candidates_in
from benchmarks.figures import RESULTS, table, write
from benchmarks.stages import Stages
from services.errors import InfrastructureError

_WIDTH = 90


def row(found: Agreement) -> tuple[str, str, str, str, str, str]:
    """Name, end in either lane, what ``auto`` does, pixels that differ, and what else is to be said."""
    if found.project is None or found.scaffold is None:
        return found.name, "-", "-", "-", "-", (found.unresolved or "")[:_WIDTH]
    pixels = sum(d.pixels for d in found.differences.values() if d is not None)
    unsteady = f"unsteady: {', '.join(sorted(found.unsteady))}" if found.unsteady else ""
    said = "; ".join(found.problems) or unsteady
    scaffold = "declined" if found.scaffold.declined else _end(found.scaffold)
    return found.name, _end(found.project), scaffold, found.auto[:_WIDTH], str(pixels), said


def _end(side: Side) -> str:
    stage, passed = side.ended
    return f"{stage.value} {'passed' if passed else 'failed'}"


def summary(found: Sequence[Agreement]) -> str:
    """How many could be compared, went where, and agree."""
    compared = [one for one in found if one.scaffold is not None]
    taken = [one for one in compared if one.auto == "scaffold"]
    agreed = [one for one in taken if not one.problems]
    return (
        f"{len(found)} sites; {len(compared)} with a dependency set; auto sends {len(taken)} to the scaffold lane and "
        f"{len(compared) - len(taken)} to the project lane; of the {len(taken)}, {len(agreed)} agree in everything"
    )


def as_data(found: Agreement) -> dict[str, Any]:
    """The comparison without its pictures."""
    body = asdict(found)
    for side in ("project", "scaffold"):
        if body[side] is not None:
            body[side]["shots"] = sorted(body[side]["shots"])
    return {**body, "unsteady": sorted(found.unsteady), "auto": found.auto, "problems": found.problems}


def save_pictures(folder: Path, found: Agreement) -> None:
    """Both screenshots of each that differs, as ``site.shot.lane.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    for lane, side in (("project", found.project), ("scaffold", found.scaffold)):
        for name in found.differences:
            if side is not None and name in side.shots:
                (folder / f"{found.name}.{Path(name).stem}.{lane}.png").write_bytes(side.shots[name])


def _compared(folder: Path, names: Iterable[str], pictures: Path) -> Iterable[Agreement]:
    stages, chosen = Stages(), set(names)
    for candidate in candidates_in(folder):
        if chosen and candidate.name not in chosen:
            continue
        try:
            found = compare(stages, candidate)
        except InfrastructureError as error:
            found = Agreement(candidate.name, unresolved=f"{type(error).__name__}: {error}")
        save_pictures(pictures, found)
        print("  ".join(row(found)), flush=True)
        yield found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of completions")
    parser.add_argument("--only", nargs="*", default=(), help="names of completions")
    parser.add_argument("--out", type=Path, default=RESULTS / "lanes.json")
    chosen = parser.parse_args()
    found = list(_compared(chosen.folder, chosen.only, chosen.out.parent / "pictures"))
    write(chosen.out, {"sites": [as_data(one) for one in found]})
    print("\n" + table(("site", "project", "scaffold", "auto", "pixels", "said"), map(row, found)))
    print("\n" + summary(found))
    return 1 if any(one.problems for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
