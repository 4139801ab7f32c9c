"""``make contact-sheet``: every golden site's screenshots on one page, to be looked at. ``SITES`` names a folder of
completions (``*.txt``) in their place.

Each site is resolved, built and rendered as the workers do it; ``index.html`` and the pictures are written to a
folder that is not kept.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.candidates import Candidate, candidates_in, golden_sites
from benchmarks.stages import Journey, Stages
from services.stages import Stage

FOLDER = Path(".demo", "contact-sheet")

_STYLE = """
body{font:14px/1.5 system-ui,sans-serif;margin:24px;background:#eceef1;color:#1b1f24}
h2{margin:32px 0 4px} p{margin:0 0 10px;color:#57606a}
.shots{display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start}
figure{margin:0;background:#fff;padding:6px;border:1px solid #d0d7de} figcaption{font-size:12px;color:#57606a}
img{display:block;width:320px} .mobile img{width:130px}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One site on the page.

    Attributes:
        said: what the render stage says of it, in one line.
        shots: screenshot name -> PNG; empty where the site did not come so far.
    """

    name: str
    said: str
    shots: Mapping[str, bytes]


def photographed(stages: Stages, candidate: Candidate) -> Sheet:
    """The site on its way to its pictures, as far as it comes.

    Raises:
        InfrastructureError: a tool of ours failed.
    """
    journey = Journey(candidate)
    for stage, work in ((Stage.RESOLVE, stages.resolve), (Stage.BUILD, stages.build)):
        if not journey.run(stage, work).passed:
            return Sheet(candidate.name, f"did not pass {stage.value}", {})
    rendered = journey.run(Stage.RENDER, stages.render)
    shots = {name: journey.content(Stage.RENDER, name) for name in rendered.artifacts}
    return Sheet(candidate.name, said_of(rendered.facts, [finding.rule for finding in rendered.findings]), shots)


def said_of(facts: Mapping[str, Any], rules: Sequence[str]) -> str:
    works = "works" if facts.get("functional") else "does not work"
    rest = f"{facts.get('settled_by')} after {facts.get('settled_ms')} ms of page time"
    routes = ", ".join(str(route["path"]) for route in facts.get("routes", [])) or "no routes"
    return "; ".join([works, rest, routes, f"{facts.get('cpu_seconds')} CPU-s", *sorted(set(rules))])


def page(sheets: Iterable[Sheet]) -> str:
    """The HTML document. Pictures are asked for at ``<site>/<shot>``."""
    sections = "".join(map(_section, sheets))
    return f'<!doctype html><meta charset="utf-8"><title>Contact sheet</title><style>{_STYLE}</style>{sections}'


def _section(sheet: Sheet) -> str:
    figures = "".join(_figure(sheet.name, name) for name in sheet.shots)
    head = f"<h2>{escape(sheet.name)}</h2><p>{escape(sheet.said)}</p>"
    return f'<section>{head}<div class="shots">{figures}</div></section>'


def _figure(site: str, shot: str) -> str:
    size = ' class="mobile"' if "-mobile" in shot else ""
    source = escape(f"{site}/{shot}")
    picture = f'<a href="{source}"><img src="{source}" alt=""></a>'
    return f"<figure{size}>{picture}<figcaption>{escape(shot)}</figcaption></figure>"


def write(folder: Path, sheets: Sequence[Sheet]) -> Path:
    for sheet in sheets:
        (folder / sheet.name).mkdir(parents=True, exist_ok=True)
        for name, png in sheet.shots.items():
            (folder / sheet.name / name).write_bytes(png)
    index = folder / "index.html"
    index.write_text(page(sheets), encoding="utf-8")
    return index


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make contact-sheet", description=__doc__)
    parser.add_argument("sites", nargs="?", type=Path, help="folder of completions instead of the golden sites")
    parser.add_argument("--out", type=Path, default=FOLDER)
    chosen = parser.parse_args(arguments)
    stages = Stages()
    sheets = []
    for candidate in candidates_in(chosen.sites) if chosen.sites else golden_sites():
        sheets.append(photographed(stages, candidate))
        print(f"{sheets[-1].name}: {sheets[-1].said}", flush=True)
    print(write(chosen.out, sheets))
    return 0


if __name__ == "__main__":
    sys.exit(main())
