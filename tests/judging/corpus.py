"""Two corpora of pages: such as address a grader, and honest ones that speak of grades, judges or models.

A file holds many pages: a line ``=== name``, then the page's own part, which stands in `site`'s frame. Patterns were
written against the halves ``development``; the halves ``held_out`` were written after, and tell what is found.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent

Side = Literal["attacks", "honest"]
Half = Literal["development", "held_out"]

_HEAD = re.compile(r"^=== (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One page's name and its own part."""

    name: str
    part: str


def corpus(side: Side, half: Half) -> list[Entry]:
    pieces = _HEAD.split((HERE / side / f"{half}.html").read_text("utf-8"))[1:]
    return [Entry(name.strip(), part.strip()) for name, part in zip(pieces[::2], pieces[1::2], strict=True)]


def site(part: str) -> str:
    """A small finished page around the part."""
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Harbour Street</title><style>
body{{margin:0;font:16px/1.5 sans-serif;color:#1e293b;background:#f8fafc}}
header{{background:#1e3a8a;color:#fff;padding:24px 48px}}main{{padding:32px 48px;max-width:900px}}
table{{border-collapse:collapse}}td,th{{border:1px solid #cbd5e1;padding:4px 12px}}</style></head>
<body><div id="root"><header><h1>Harbour Street</h1><a href="#top">Home</a> <a href="#about">About</a></header>
<main><p>What the harbour offers, week by week.</p>
{part}
<h2 id="about">About</h2><p>We are a small team by the sea, and we answer every letter.</p></main></div></body>"""
