"""Where a page's links lead, and which lead nowhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from render_worker.facts import Anchor, PageFacts
from render_worker.site import ORIGIN, Site, is_own

_WEB = ("http", "https")


@dataclass(frozen=True, slots=True)
class DeadLink:
    """Attributes:
    href: as written.
    label: what the link says.
    why: ``empty``, ``script``, ``no-target`` (an anchor that the page has not) or ``no-file``.
    """

    href: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class Links:
    """Attributes:
    internal, external: links to the site itself, and to others.
    dead: those that lead nowhere.
    """

    internal: int
    external: int
    dead: list[DeadLink]


def read_links(facts: PageFacts, route: str, site: Site) -> Links:
    """The links of the page at this route. An address without an extension is a page."""
    places = [_place(anchor, ORIGIN + route) for anchor in facts.anchors]
    own = sum(place is not None and is_own(place) for place in places)
    others = sum(place is not None and not is_own(place) for place in places)
    return Links(own, others, list(_dead(zip(facts.anchors, places, strict=True), site)))


def _place(anchor: Anchor, page: str) -> str | None:
    """The address that the link leads to; None where it is none of the web."""
    try:
        address = urljoin(page, anchor.href.strip())
        return address if urlsplit(address).scheme in _WEB else None
    except ValueError:
        return None


def _dead(anchors: Iterable[tuple[Anchor, str | None]], site: Site) -> Iterable[DeadLink]:
    seen: set[tuple[str, str]] = set()
    for anchor, place in anchors:
        why = _why(anchor, place, site)
        if why and (anchor.href, anchor.label) not in seen:
            seen.add((anchor.href, anchor.label))
            yield DeadLink(anchor.href[:200], anchor.label, why)


def _why(anchor: Anchor, place: str | None, site: Site) -> str | None:
    href = anchor.href.strip()
    if href in ("", "#"):
        return "empty"
    if href.lower().startswith("javascript:"):
        return "script"
    if href.startswith("#"):
        # An address behind the sign is a route of the site's own script.
        return None if anchor.target or href.startswith(("#/", "#!")) else "no-target"
    return "no-file" if place is not None and is_own(place) and site.answer(place).status != 200 else None
