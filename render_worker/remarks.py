"""What a reader of the reward should know of a site though nothing is broken: warnings. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from render_worker.errors import clean
from render_worker.links import read_links
from render_worker.looks import Look
from render_worker.pixels import changed_share
from render_worker.scaffold import UNCHANGED, likeness
from render_worker.visit import LATER
from services.contract import Finding, Severity

FACE = 0.4
"""Share of the first screen from which a page has changed its face: a carousel or a game changes less."""

COVERED = 0.8
"""Share of the first screen that pictures of all kinds cover together, from which it may be nothing else; and then is,
with less than this to read and to reach on it:"""
READABLE = 100
REACHABLE = 3

SAME = 0.005
SAME_WORDS = 0.95
"""Share of the first screen up to which two pages look the same (the highlighted entry of a menu covers less), if their
words are the same, too: two galleries of placeholders differ in nothing else. Of so many words:"""
MOST_WORDS = 400

NOWHERE = ("no-target", "no-file")
"""Why a link is dead whatever a script makes of it. One to ``#`` may be a button in disguise: trying it tells."""

NAMED = 8
"""Dead links named in a finding."""


def remarks(look: Look) -> Iterator[Finding]:
    """Those of one page."""
    facts, label = look.visit.facts, look.visit.label
    if look.changed is not None and look.changed >= FACE:
        text = f"On {label}: {look.changed:.0%} of the first screen is another {LATER / 1_000:.0f} s later."
        yield _warning("changes-face", text)
    if facts is not None and likeness(facts.text) >= UNCHANGED:
        yield _warning("unchanged-scaffold", f"On {label}: this is the scaffold's own page, unchanged.")
    if not look.visit.mobile:
        yield from _dead_links(look)


def _dead_links(look: Look) -> Iterator[Finding]:
    facts = look.visit.facts
    links = read_links(facts, look.visit.route, look.visit.traffic.site).dead if facts is not None else []
    dead = [link for link in links if link.why in NOWHERE]
    if dead:
        named = ", ".join(f"“{link.label}” ({link.href})" for link in dead[:NAMED])
        more = f" and {len(dead) - NAMED} more" if len(dead) > NAMED else ""
        text = f"On {look.visit.label}: {len(dead)} links lead nowhere: {named}{more}."
        yield _warning("dead-links", text)


def remarks_of_all(looks: Sequence[Look]) -> Iterator[Finding]:
    """Those of the whole site, the home page first in `looks`."""
    if looks and mostly_picture(looks[0]):
        covered = looks[0].visit.cover.share if looks[0].visit.cover else 0.0
        text = f"On {looks[0].visit.label}: pictures cover {covered or 0:.0%} of the first screen, with hardly any text"
        yield _warning("mostly-picture", f"{text} or controls.")
    for route, other in identical(looks).items():
        yield _warning("route-identical", f"On {route}: the page looks as {other} does, and is not judged.")


def mostly_picture(look: Look) -> bool:
    """Whether the first screen is pictures, drawings or gradients and hardly anything to read or use."""
    cover = look.visit.cover
    if cover is None or cover.share is None or cover.share < COVERED:
        return False
    return cover.readable < READABLE and cover.reachable < REACHABLE


def identical(looks: Sequence[Look]) -> dict[str, str]:
    """Route -> the page visited before it whose first screen looks the same."""
    found: dict[str, str] = {}
    others: list[Look] = []
    for look in (look for look in looks if look.cells is not None and not look.visit.mobile and not look.blank):
        twin = next((other for other in others if _look_alike(look, other)), None)
        if twin is None:
            others.append(look)
        else:
            found[look.visit.route] = twin.visit.route
    return found


def _look_alike(one: Look, other: Look) -> bool:
    if one.cells is None or other.cells is None or changed_share(one.cells, other.cells) > SAME:
        return False
    words, others = _words(one), _words(other)
    return SequenceMatcher(None, words, others, autojunk=False).ratio() >= SAME_WORDS


def _words(look: Look) -> list[str]:
    return look.visit.facts.text.split()[:MOST_WORDS] if look.visit.facts is not None else []


def _warning(name: str, message: str) -> Finding:
    return Finding(rule=f"render/{name}", severity=Severity.WARNING, message=clean(message, 1_000))
