"""Who listens to a page while its controls are used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page

from render_worker.errors import Note, PageError, clean, merge
from render_worker.site import ORIGIN
from render_worker.visit import PageVisit

MAX_ASKED = 100

_OF_OURS = "Blocked attempt to show a 'beforeunload'"
"""What the browser says where a page that nobody touched yet is left, as only we do."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment: how much had been heard until then."""

    reports: int
    missing: int
    asked: int


START = Mark(0, 0, 0)


@dataclass
class Ear(PageVisit):
    """Hears errors as any visit does, and by name what the page asks and hands over.

    Attributes:
        asked: ``alert``, ``confirm``, ``print``, ``open``, ``popup``, ``download`` …, in the order heard.
        usual: errors that the untouched page writes too.
    """

    asked: list[str] = field(default_factory=list)
    usual: set[str] = field(default_factory=set)

    def hear_page(self, event: dict[str, Any]) -> None:
        kind, _, rest = str(event.get("payload", "")).partition(" ")
        if kind == Note.DIALOG:
            self._ask(clean(rest.partition(" ")[2], 20))
        super().hear_page(event)

    def listen(self, page: Page) -> None:
        page.on("popup", lambda _: self._ask("popup"))
        page.on("download", lambda _: self._ask("download"))

    def mark(self) -> Mark:
        return Mark(len(self.reports), len(self.traffic.missing), len(self.asked))

    def errors_since(self, mark: Mark) -> list[str]:
        """Errors and missing files heard since then, but for the usual ones."""
        told = [error.text for error in self._merged(mark)]
        gone = [clean(url.removeprefix(ORIGIN), 200) for url in list(self.traffic.missing)[mark.missing :]]
        told += [f"{path} was asked for, and the built site has no such file" for path in gone]
        told += ["the page kept loading itself or its files anew"] if self.traffic.restless else []
        return [text for text in told if text not in self.usual and not text.startswith(_OF_OURS)]

    def _merged(self, mark: Mark) -> list[PageError]:
        return merge(self.reports[mark.reports :], self.traffic.refused, self.traffic.missing.keys())

    def _ask(self, name: str) -> None:
        if len(self.asked) < MAX_ASKED:
            self.asked.append(name)
