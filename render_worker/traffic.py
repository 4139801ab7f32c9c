"""Every request of one page, answered from memory: the site's own files, stand-ins for pictures and fonts of
others, and a refusal for the rest. Nothing leaves the machine, even where the sandbox would let it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request, Route

from render_worker import placeholder
from render_worker.site import NOT_FOUND, Answer, Site, is_own

MAX_DOCUMENTS = 10
"""Documents that one page may load in its own place: beyond it, it is reloading itself for ever."""

MAX_REQUESTS = 3_000
MAX_SERVED_BYTES = 150_000_000
MAX_LISTED = 100
_UNASKED = ("/favicon.ico",)
"""Asked for by browsers, not by the site."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request, as far as the decision needs it.

    Attributes:
        kind: Playwright's resource type.
        navigates: it would replace a document; ``top``: that of the page itself, not of a frame in it.
        sent: bytes that come with it.
    """

    url: str
    method: str
    kind: str
    navigates: bool
    top: bool
    sent: int = 0


@dataclass  # Without slots: Playwright leaves an attribute on the owner of every handler.
class Traffic:
    """The requests of one page, and what came of them.

    Attributes:
        missing: own addresses that have no file.
        refused: addresses of other origins that were not answered -> kind.
        outside: every address of another origin -> its kind, also where a stand-in was served.
        documents, requests: counted so far.
        served: bytes, of answers and of what requests brought.
    """

    site: Site
    missing: dict[str, None] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    documents: int = 0
    requests: int = 0
    served: int = 0

    @property
    def restless(self) -> bool:
        """The page went on loading documents or asking for files past the bound."""
        too_often = self.documents > MAX_DOCUMENTS or self.requests > MAX_REQUESTS
        return too_often or self.served > MAX_SERVED_BYTES

    @property
    def floods(self) -> bool:
        """The page goes on sending and fetching although nothing is answered any more: it is to be closed, since what
        it sends passes through processes of ours."""
        return self.served > 2 * MAX_SERVED_BYTES

    async def handle(self, route: Route) -> None:
        """Playwright's route handler."""
        try:
            await _act(route, self.decide(wanted(route.request)))
        except PlaywrightError:
            # The page went away between question and answer; whoever waits on it learns of it there.
            return

    def decide(self, request: Wanted) -> Answer | None:
        """The answer to a request, None for a network error; notes what it was."""
        self.requests += 1
        self.served += request.sent
        top = request.navigates and request.top
        self.documents += top
        if self.requests > MAX_REQUESTS:
            return None
        if top and self.documents > MAX_DOCUMENTS:
            return placeholder.DOCUMENT
        answer = self._own(request) if is_own(request.url) else self._other(request)
        # What is served passes through this process and the driver's, where no sandbox bounds it.
        if answer and self.served <= MAX_SERVED_BYTES:
            self.served += len(answer.body)
        return None if self.served > MAX_SERVED_BYTES else answer

    def _own(self, request: Wanted) -> Answer:
        answer = self.site.answer(request.url) if request.method in ("GET", "HEAD") else NOT_FOUND
        if answer.status != 200 and not request.url.endswith(_UNASKED) and len(self.missing) < MAX_LISTED:
            self.missing[request.url] = None
        return answer

    def _other(self, request: Wanted) -> Answer | None:
        self._list(request.url, request.kind)
        if request.kind == "image":
            return placeholder.picture(request.url)
        if request.navigates:
            return placeholder.DOCUMENT
        if request.kind == "font" and self.site.font:
            return placeholder.font(self.site.font)
        if len(self.refused) < MAX_LISTED:
            self.refused[request.url] = request.kind
        return None

    def note_socket(self, url: str) -> None:
        """A WebSocket that the page opened: nothing answers it, for want of a network."""
        if not is_own(re.sub(r"^ws", "http", url)):
            self._list(url, "websocket")

    def _list(self, url: str, kind: str) -> None:
        if len(self.outside) < MAX_LISTED:
            self.outside[url] = kind


def wanted(request: Request) -> Wanted:
    navigates = request.is_navigation_request()
    top = navigates and _is_top(request)
    sent = len(request.post_data_buffer or b"")
    return Wanted(request.url, request.method, request.resource_type, navigates, top, sent)


def _is_top(request: Request) -> bool:
    try:
        return request.frame.parent_frame is None
    except PlaywrightError:
        # The frame of a page's first document is not known yet.
        return True


async def _act(route: Route, answer: Answer | None) -> None:
    if answer is None:
        await route.abort()
    else:
        headers = {"content-type": answer.content_type, "access-control-allow-origin": "*"}
        await route.fulfill(status=answer.status, headers=headers, body=answer.body)
