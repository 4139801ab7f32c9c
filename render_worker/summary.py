"""From what was seen of a site to the facts of its report. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from render_worker.accessibility import shown
from render_worker.links import read_links
from render_worker.remarks import identical
from render_worker.scaffold import likeness
from render_worker.tour import Tour
from render_worker.traffic import MAX_LISTED
from render_worker.verdict import End, Look, Ruling
from render_worker.visit import PageVisit
from services.sandbox.protocol import Watch


def summary(looks: Sequence[Look], ruling: Ruling, tour: Tour, end: End, watch: Watch | None) -> dict[str, Any]:
    """The report's facts; ``docs/architecture.md`` lists them."""
    home = _page(looks[0])
    pages = [look.visit for look in looks]
    return {
        "functional": ruling.functional,
        **{key: home[key] for key in ("title", "text_length", "blank", "settled_by", "settled_ms")},
        **_root(looks[0].visit),
        "mode": tour.mode,
        "routes": _routes(looks),
        "mobile": next((_page(look) for look in looks if look.visit.mobile), None),
        "page": {look.visit.shot_name: _measured(look.visit) for look in looks if look.visit.facts is not None},
        **_counts(pages),
        "interaction": tour.interaction.facts() if tour.interaction else None,
        "outside_requests": _outside(pages),
        "shot_hash": shot_hash(pages),
        "shot_hashes": {name: told for look in looks for name, told in look.hashes.items()},
        "changed_share": None if looks[0].changed is None else round(looks[0].changed, 4),
        "scaffold_likeness": likeness(pages[0].facts.text) if pages[0].facts else None,
        "ended": end.value,
        "part_seconds": tour.seconds,
        "cpu_seconds": round(watch.cpu_seconds, 3) if watch else 0.0,
        "peak_memory_bytes": watch.peak_memory_bytes if watch else 0,
    }


def _routes(looks: Sequence[Look]) -> list[dict[str, Any]]:
    same = identical(looks)
    routes = [look for look in looks[1:] if not look.visit.mobile]
    return [{**_page(look), "identical_to": same.get(look.visit.route)} for look in routes]


def _measured(page: PageVisit) -> dict[str, Any]:
    """Everything measured of one page: `PageFacts`, `Cover`, `Links`, and what axe-core found."""
    facts = page.facts
    if facts is None:
        return {}
    links = read_links(facts, page.route, page.traffic.site)
    return {
        **facts.shown(),
        **(page.cover.shown() if page.cover else {"covered": None}),
        "links_internal": links.internal,
        "links_external": links.external,
        "dead_links": [asdict(link) for link in links.dead[:MAX_LISTED]],
        "accessibility": shown(page.violations),
    }


def _root(page: PageVisit) -> dict[str, Any]:
    facts = page.facts
    if facts is None:
        return {"dom_nodes": 0, "links": 0, "root": "unknown"}
    return {"dom_nodes": facts.dom_nodes, "links": facts.links, "root": facts.root}


def _page(look: Look) -> dict[str, Any]:
    page, facts = look.visit, look.visit.facts
    return {
        "path": page.route,
        "title": facts.title if facts else "",
        "text_length": facts.text_length if facts else 0,
        "shot": page.shot_name if page.png is not None else None,
        "errors": len(page.errors) + len(page.traffic.missing),
        "blank": look.blank,
        "settled_by": page.settled_by,
        "settled_ms": page.settled_ms,
    }


def _counts(pages: Sequence[PageVisit]) -> dict[str, int]:
    kinds = [error.kind.value for page in pages for error in page.errors]
    console = kinds.count("console-error")
    dialogs = sum(page.notes["dialog"] for page in pages)
    excused = sum(page.excused for page in pages)
    counts = {"console_errors": console, "uncaught_errors": len(kinds) - console, "excused_errors": excused}
    return {**counts, "dialogs": dialogs}


def _outside(pages: Sequence[PageVisit]) -> list[dict[str, str]]:
    listed = [
        {"url": url[:500], "kind": kind, "page": page.label}
        for page in pages
        for url, kind in page.traffic.outside.items()
    ]
    return listed[:MAX_LISTED]


def shot_hash(pages: Sequence[PageVisit]) -> str | None:
    """SHA-256 over what a judge may see: the first screens of home and routes, in order; None without any."""
    shots = [page.png for page in pages if page.png is not None and not page.mobile]
    return hashlib.sha256(b"".join(shots)).hexdigest() if shots else None
