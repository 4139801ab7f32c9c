"""One page: opened, left to settle, measured, photographed."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, ConsoleMessage, Page
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from render_worker import probe
from render_worker.errors import MAX_REPORTS, Kind, Note, PageError, Report, clean, merge
from render_worker.facts import MAX_BLOCKS, MAX_LINKS, MAX_NODES, MAX_TEXT, PageFacts, read_facts
from render_worker.traffic import Traffic

EPOCH_MILLISECONDS = 1_767_614_400_000
"""Every document starts at 2026-01-05T12:00:00Z, so that dates on pages do not differ from one run to the next."""

SEED = 20_260_105
SETTLE = {"quiet": 200, "motion": 1_500, "media": 1_500, "cap": 5_000}
"""Milliseconds; see ``scripts/settle.js``."""

OPEN_MILLISECONDS = 60_000
SHOT_MILLISECONDS = 15_000


@dataclass  # Without slots: Playwright leaves an attribute on the owner of every handler.
class PageVisit:
    """One page's visit, filled in while it goes on: a browser may be killed at any point.

    Attributes:
        route: path from the origin's root.
        shot_name: name of its screenshot.
        reports: errors as told by the page's guard and by the protocol.
        notes: what the page did besides, by name.
        settled_by: ``quiet``, ``motion``, ``cap``; ``restless`` where no document stayed. None: it never settled.
        facts: None where it was not measured.
        png: the screenshot, or None.
        opened: the candidate's code may have run.
        crashed: its renderer crashed.
    """

    route: str
    shot_name: str
    traffic: Traffic
    reports: list[Report] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    settled_by: str | None = None
    facts: PageFacts | None = None
    png: bytes | None = None
    opened: bool = False
    crashed: bool = False

    @property
    def errors(self) -> list[PageError]:
        return merge(self.reports, self.traffic.refused.keys())

    def hear_page(self, event: dict[str, Any]) -> None:
        """A report of the page's guard. The page does not know the channel, but is not trusted with its shape."""
        with suppress(ValueError, KeyError, TypeError):
            told = json.loads(event["payload"])
            kind, text = str(told["kind"]), clean(told["text"])
            if kind in tuple(Note):
                self.notes[kind] += 1
            else:
                self._add(Report(Kind(kind), text, "page"))

    def hear_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            url = str(message.location.get("url", ""))
            self._add(Report(Kind.CONSOLE, clean(message.text), "protocol", clean(url)))

    def hear_exception(self, error: PlaywrightError) -> None:
        self._add(Report(Kind.ERROR, clean(error.message), "protocol"))

    def _add(self, report: Report) -> None:
        if len(self.reports) < MAX_REPORTS:
            self.reports.append(report)


def visit(context: BrowserContext, url: str, seen: PageVisit) -> None:
    """Open the address in a page of its own and fill in `seen`.

    Raises:
        PlaywrightError: the page or the browser went away; `seen` holds what was learnt until then.
    """
    with _page(context, seen) as (page, session):
        seen.opened = True
        page.goto(url, wait_until="commit", timeout=OPEN_MILLISECONDS)
        settled = probe.run(session, "settle", SETTLE)
        seen.settled_by = settled if isinstance(settled, str) else "restless"
        limits = {"links": MAX_LINKS, "blocks": MAX_BLOCKS, "nodes": MAX_NODES, "text": MAX_TEXT}
        seen.facts = read_facts(probe.run(session, "facts", limits))
        seen.png = _photograph(page)


def _photograph(page: Page) -> bytes | None:
    """The viewport as a PNG; None where the page shows no frame, for example because its document has no body.
    Animations are where ``settle.js`` left them."""
    try:
        return page.screenshot(type="png", animations="allow", caret="hide", timeout=SHOT_MILLISECONDS)
    except PlaywrightTimeout:
        return None


@contextmanager
def _page(context: BrowserContext, seen: PageVisit) -> Iterator[tuple[Page, CDPSession]]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    binding = f"_{secrets.token_hex(12)}"

    def crashed(_: Page) -> None:
        # Whoever waits on the page's answer would wait until the wall limit.
        seen.crashed = True
        with suppress(PlaywrightError):
            context.close()

    page.on("crash", crashed)
    page.on("console", seen.hear_console)
    page.on("pageerror", seen.hear_exception)
    page.on("popup", _close)
    page.on("dialog", lambda dialog: dialog.dismiss())
    session.on("Runtime.bindingCalled", seen.hear_page)
    session.send("Runtime.enable")
    session.send("Runtime.addBinding", {"name": binding})
    page.route("**/*", seen.traffic.handle)
    page.add_init_script(probe.call("guard", guard_options(binding)))
    try:
        yield page, session
    finally:
        _close(page)


def guard_options(binding: str) -> dict[str, Any]:
    return {"binding": binding, "epoch": EPOCH_MILLISECONDS, "seed": SEED, "reports": 50}


def _close(page: Page) -> None:
    with suppress(PlaywrightError):
        page.close()
