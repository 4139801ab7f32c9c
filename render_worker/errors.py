"""What went wrong on a page, told by two witnesses: capture listeners inside it, and the browser's protocol.

The page can silence either (``console.error = …``, ``window.onerror = () => true``, ``preventDefault``), so both
are heard and their reports of one error are merged. Pure.

An error that only our refusal of a request caused is *excused*. The witness inside the page tells it by what failed
(``scripts/refusals.js``). Texts decide only where nothing better can be had, and only together with a refusal:

- a module of another origin that did not come, in the browser's exact words: ``import()`` cannot be watched;
- ``X is not defined`` where a refused script goes by that name: the library that did not come;
- a font of another origin that did not come;
- ``Failed to fetch`` from where the inner witness is not (a worker, a frame of another process).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from render_worker.libraries import brings
from render_worker.site import is_own

MAX_REPORTS = 200
"""Reports of one witness and cause kept of one page."""

MAX_TEXT = 500


class Kind(StrEnum):
    """What an error is, and the name of its finding after ``render/``."""

    ERROR = "page-error"
    REJECTION = "unhandled-rejection"
    CONSOLE = "console-error"


class Note(StrEnum):
    """What the page did that is told, but is no error."""

    SUPPRESSED = "errors-suppressed"
    DIALOG = "dialog"


class Cause(StrEnum):
    """What an error comes of, as the witness in the page tells it.

    ``environment``: the browser asks for a gesture or a leave that only a visitor gives (playing sound, the clipboard),
    or knows no place on earth.
    """

    PAGE = "-"
    REFUSAL = "refusal"
    ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Report:
    """One error as one witness told it.

    Attributes:
        witness: ``page``, ``protocol``, or ``browser``: the browser's own words in the console, which
            a page cannot write.
        url: address that the browser names beside a console message, or an empty text.
    """

    kind: Kind
    text: str
    witness: str
    url: str = ""
    cause: Cause = Cause.PAGE


@dataclass(frozen=True, slots=True)
class PageError:
    kind: Kind
    text: str


_BY_BROWSER = re.compile(
    r"Failed to load resource|WebSocket connection to|Failed to establish a connection to"
    r"|Access to .{1,600} blocked by CORS"
)
_PREFIX = re.compile(r"^(?:Uncaught )?(?:\(in promise\) ?)?(?:[A-Za-z]*(?:Error|Exception): )?")
_ADDRESS = re.compile(r"\b(?:https?|wss?)://[^\s'\")]+")
_MODULE = re.compile(r"Failed to fetch dynamically imported module: (\S+)")
_UNDEFINED = re.compile(r"([\w$]+) is not defined")
_FONT = "A network error occurred."
_LAYOUT = "ResizeObserver loop"
_FETCH = "Failed to fetch"


def merge(reports: Iterable[Report], refused: Mapping[str, str], missing: Set[str] = frozenset()) -> list[PageError]:
    """The distinct errors of a page, in the order told; without those that are excused.

    Args:
        reports: of all witnesses.
        refused: addresses of other origins that were not answered -> kind of the request.
        missing: own addresses without a file.
    """
    told = list(reports)
    by_page = {_key(report) for report in told if report.witness == "page"}
    merged: dict[tuple[Kind, str], PageError] = {}
    for report in told:
        if report.witness == "page":
            excused = report.cause is not Cause.PAGE or _said_of_refusal(report, refused, missing)
        else:
            excused = _told_by_page(report, by_page) or _said_by_browser(report, refused, missing)
        if not excused:
            merged.setdefault((report.kind, _key(report)[1]), PageError(report.kind, report.text))
    return list(merged.values())


def _key(report: Report) -> tuple[bool, str]:
    return report.kind is Kind.CONSOLE, _PREFIX.sub("", report.text)[:120]


def _told_by_page(report: Report, by_page: Set[tuple[bool, str]]) -> bool:
    """The protocol tells rejections and exceptions alike, and spells a console's arguments in its own way."""
    if report.witness == "browser":
        return False
    if report.kind is not Kind.CONSOLE:
        return _key(report) in by_page
    written = _loosely(_key(report)[1])
    return any(console and _begins(written, _loosely(text)) for console, text in by_page)


def _begins(written: str, told: str) -> bool:
    """The protocol's spelling goes on with an error's stack."""
    return written.startswith(told) if told else not written


def _loosely(text: str) -> str:
    return re.sub(r"\W+", "", text)[:40]


def _said_of_refusal(report: Report, refused: Mapping[str, str], missing: Set[str]) -> bool:
    if report.kind is Kind.CONSOLE:
        return False
    text = _PREFIX.sub("", report.text)
    scripts = [url for url, kind in refused.items() if kind == "script"]
    if module := _MODULE.fullmatch(text):
        # A module of the site does not come either where one that it imports was refused.
        return module[1] in scripts or (bool(scripts) and is_own(module[1]) and module[1] not in missing)
    if name := _UNDEFINED.fullmatch(text):
        return any(brings(url, name[1]) for url in scripts)
    return text == _FONT and "font" in refused.values()


def _said_by_browser(report: Report, refused: Mapping[str, str], missing: Set[str]) -> bool:
    if report.witness == "browser":
        if not _BY_BROWSER.match(report.text):
            return report.text.startswith(_LAYOUT)
        # Missing files of the site itself are counted where they are served.
        addresses = [report.url, *_ADDRESS.findall(report.text)]
        return report.text.startswith("Failed to load") or any(a and not _own(a) for a in addresses)
    text = _PREFIX.sub("", report.text)
    if text.startswith(_LAYOUT) or (text == _FETCH and bool(refused)):
        return True
    return _said_of_refusal(report, refused, missing)


def _own(address: str) -> bool:
    return is_own(re.sub(r"^ws", "http", address))


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Candidate's text made fit to store and show: bounded, no NUL, no lone surrogate."""
    return str(text)[:limit].encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
