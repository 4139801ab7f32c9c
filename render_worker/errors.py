"""What went wrong on a page, told by two witnesses: capture listeners inside it, and the browser's protocol.

The page can silence either (``console.error = …``, ``window.onerror = () => true``, ``preventDefault``), so both
are heard and their reports of one error are merged. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from enum import StrEnum

from render_worker.site import is_own

MAX_REPORTS = 200
"""Reports kept of one page."""

MAX_TEXT = 500


class Kind(StrEnum):
    """What an error is, and the name of its finding after ``render/``."""

    ERROR = "page-error"
    REJECTION = "unhandled-rejection"
    CONSOLE = "console-error"


class Note(StrEnum):
    """What the page did that is told, but is no error."""

    OVERWRITTEN = "console-overwritten"
    DIALOG = "dialog"


@dataclass(frozen=True, slots=True)
class Report:
    """One error as one witness told it.

    Attributes:
        witness: ``page`` or ``protocol``.
        url: address that the browser names beside a console message, or an empty text.
    """

    kind: Kind
    text: str
    witness: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PageError:
    kind: Kind
    text: str


_BENIGN = ("ResizeObserver loop",)
_BY_BROWSER = re.compile(
    r"^(Failed to load resource|WebSocket connection to|Access to .{1,600} has been blocked by CORS)"
)
_NETWORK = re.compile(r"Failed to fetch|Network ?Error|NetworkError when attempting|Load failed", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:Uncaught )?(?:\(in promise\) ?)?(?:[A-Za-z]*(?:Error|Exception): )?")
_ADDRESS = re.compile(r"\b(?:https?|wss?)://[^\s'\")]+")


def merge(reports: Iterable[Report], refused: Set[str]) -> list[PageError]:
    """The distinct errors of a page, in the order told.

    Args:
        reports: of both witnesses.
        refused: addresses of other origins that were not answered: an error that comes of our refusal alone is
            not the site's.
    """
    kept = [report for report in reports if not _excused(report, refused)]
    by_page = {_key(report) for report in kept if report.witness == "page"}
    merged: dict[tuple[Kind, str], PageError] = {}
    for report in kept:
        if report.witness == "protocol" and _told_by_page(report, by_page):
            continue
        merged.setdefault((report.kind, _key(report)[1]), PageError(report.kind, report.text))
    return list(merged.values())


def _key(report: Report) -> tuple[bool, str]:
    return report.kind is Kind.CONSOLE, _PREFIX.sub("", report.text)[:120]


def _told_by_page(report: Report, by_page: Set[tuple[bool, str]]) -> bool:
    """The protocol tells rejections and exceptions alike, and spells a console's arguments in its own way."""
    if report.kind is not Kind.CONSOLE:
        return _key(report) in by_page
    return any(console and _loosely(text) == _loosely(_key(report)[1]) for console, text in by_page)


def _loosely(text: str) -> str:
    return re.sub(r"\W+", "", text)[:40]


def _excused(report: Report, refused: Set[str]) -> bool:
    text = report.text
    if any(benign in text[:80] for benign in _BENIGN):
        return True
    if _BY_BROWSER.match(text) and report.witness == "protocol":
        # Missing files of the site itself are counted where they are served.
        addresses = [report.url, *_ADDRESS.findall(text)]
        return text.startswith("Failed to load") or any(a and not _own(a) for a in addresses)
    if any(url in text for url in refused):
        return True
    return bool(refused) and _NETWORK.search(text) is not None


def _own(address: str) -> bool:
    return is_own(re.sub(r"^ws", "http", address))


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Candidate's text made fit to store and show: bounded, no NUL, no lone surrogate."""
    return str(text)[:limit].encode("utf-8", "replace").decode("utf-8").replace("\0", "�")
