"""Functional integrity, defined. A site has it if none of these is true of any page that was visited, on load:

- **not rendered**: nothing is to be seen (`Break.BLANK`), its root is empty (`Break.UNMOUNTED`), an error overlay
  covers it (`Break.OVERLAY`), or it keeps its document from being measured (`Break.UNMEASURED`);
- **an error of its code**: an exception that nothing caught (`Break.ERROR`), a rejection that nothing handled
  (`Break.REJECTION`), an error written to the console (`Break.CONSOLE`). Wherever its code runs: frames, workers,
  timers, elements' callbacks. Whether or not the page lets it be seen;
- **a file of its own that is missing** (`Break.MISSING`);
- **no end**: it did not give way (`Break.HUNG`), reached a limit (`Break.LIMIT`), or its tab or browser ended
  (`Break.CRASHED`).

*On load* is until the page's last picture: in mode ``home`` 3 s of page time; in mode ``full`` 7 s for home and 3 s for
routes and home at mobile width, and then the time of scrolling through the page once. What breaks under a visitor's
hand is no part of it.

Not errors: what only our refusal of a request to another origin caused, however the page words it; what the browser
asks a visitor's gesture or leave for (``NotAllowedError``); a layout that needs one more frame
(``ResizeObserver loop``); events that the page makes up itself. `render_worker.errors` tells them apart.

Ways in which a page keeps errors from being seen cost nothing, since the errors count all the same; they are told
(`SUPPRESSED`): libraries that report errors do so too.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from enum import StrEnum

from render_worker.errors import clean
from render_worker.facts import PageFacts
from render_worker.looks import End, Look
from render_worker.site import ORIGIN
from services.contract import Finding, Severity

MAX_PER_RULE = 10
"""Findings of one rule on one page."""


class Break(StrEnum):
    """Rule ids of what breaks functional integrity, each an error."""

    BLANK = "render/blank"
    UNMOUNTED = "render/unmounted"
    OVERLAY = "render/error-overlay"
    UNMEASURED = "render/unmeasured"
    ERROR = "render/page-error"
    REJECTION = "render/unhandled-rejection"
    CONSOLE = "render/console-error"
    MISSING = "render/own-file-missing"
    HUNG = "render/hung"
    LIMIT = "render/limit"
    CRASHED = "render/crashed"


SUPPRESSED = "render/errors-suppressed"
"""Rule id of the warning."""

WAYS = {
    "prevented": "a listener prevents them or `window.onerror` answers true",
    "stopped": "a listener stops them from reaching others",
    "console": "`console.error` or `console` was replaced",
    "promise": "`Promise` was replaced",
}
"""As the guard names them -> in words."""


def breaks(look: Look, told: Set[tuple[str, str]]) -> Iterator[Finding]:
    """What breaks the integrity of one page, worst first.

    Args:
        told: errors, by kind and text, that another page's findings hold already.
    """
    route = look.visit.label
    for broken, message in not_rendered(look):
        yield _error(broken, f"On {route}: {message}")
    errors = [(error.kind.value, error.text) for error in look.visit.errors]
    for kind, text in _bounded([error for error in errors if error not in told]):
        yield _error(Break(f"render/{kind}"), f"On {route}: {text}")
    for url in list(look.visit.traffic.missing)[:MAX_PER_RULE]:
        path = clean(url.removeprefix(ORIGIN), 200)
        yield _error(Break.MISSING, f"On {route}: {path} was asked for, and the built site has no such file.")


def not_rendered(look: Look) -> Iterator[tuple[Break, str]]:
    """Why a page counts as not rendered. On the home page each of them ends the cascade."""
    facts = look.visit.facts
    address, traffic = (ORIGIN + look.visit.route).partition("#")[0], look.visit.traffic
    if (
        address in traffic.missing and traffic.site.answer(address).status != 200
    ):  # a form sent there finds nothing, too
        yield Break.BLANK, "the built site has no page at this address."
    if look.visit.traffic.restless:
        yield Break.LIMIT, "the page kept loading itself or its files anew and was stopped."
    if look.blank:
        yield Break.BLANK, "nothing is to be seen; the screenshot is one empty area."
    if look.visit.png is None and look.visit.settled_by is not None:
        yield Break.BLANK, "the page showed no frame that could be photographed."
    if look.visit.png is not None and facts is None:
        yield Break.UNMEASURED, "the page keeps its document from being measured."
    if facts is not None and facts.overlay:
        yield Break.OVERLAY, "an error overlay covers the page."
    if facts is not None and not _is_mounted(facts):
        yield Break.UNMOUNTED, "the root element is empty: the application did not mount."


def _is_mounted(facts: PageFacts) -> bool:
    return facts.root == "mounted" or (facts.root == "absent" and facts.text_length > 0)


def no_end(looks: Sequence[Look], end: End) -> Finding | None:
    """What says how the run ended, where it did not end well."""
    route = looks[-1].visit.label if looks else "/"
    if end is End.DONE:
        return None
    if end is End.CPU:
        return _error(Break.HUNG, f"On {route}: the page did not give way until its CPU time was spent.")
    if end in (End.CRASHED, End.DIED):
        return _error(Break.CRASHED, f"On {route}: the browser {'tab crashed' if end is End.CRASHED else 'died'}.")
    return _error(Break.LIMIT, f"On {route}: the page reached the limit on {_LIMITS[end]}.")


_LIMITS = {
    End.WALL: "wall-clock time",
    End.MEMORY: "memory",
    End.PROCESSES: "processes",
    End.DISK: "disk space",
    End.OUTPUT: "output",
}


def suppression(look: Look) -> Finding | None:
    """In which ways the page keeps errors from being seen, if it does."""
    ways = "; ".join(WAYS[way] for way in look.visit.suppressed if way in WAYS)
    if not ways:
        return None
    text = f"On {look.visit.label}: errors are kept from being seen: {ways}. They count all the same."
    return Finding(rule=SUPPRESSED, severity=Severity.WARNING, message=text)


def _bounded(errors: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for position, error in enumerate(errors):
        if sum(earlier[0] == error[0] for earlier in errors[:position]) < MAX_PER_RULE:
            yield error


def _error(broken: Break, message: str) -> Finding:
    return Finding(rule=broken.value, severity=Severity.ERROR, message=clean(message, 1_000))
