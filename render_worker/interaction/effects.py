"""What trying a control brought about. Pure.

An effect must last: what is gone again after five seconds, as a toast is, shows nothing but that the control was
pressed. A field that takes what is written in it does so by the browser's doing, and a link to what is in view
already has nothing to do: such a step counts neither for nor against the site.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from render_worker.interaction.controls import Control
from render_worker.interaction.views import Aspect, Changes, Restless, View, differences
from render_worker.pages import route_key
from render_worker.site import is_own


class Effect(StrEnum):
    """Attributes:
    NAVIGATION: another page is shown, or was opened.
    CHANGE: something visible is another than before, and stayed so.
    DIALOG: a modal stayed; or the page handed something over: a download, a print, a window.
    SCROLL: the page moved to what the control names.
    FLEETING: something was shown and is gone; an alert alone is that too.
    NATIVE: the browser did its own part and nothing else changed: neither for nor against the site.
    NOTHING: nothing at all; of a field: it refused what was written.
    ERROR: an error was heard.
    COVERED: it could not be reached: covered, gone or fleeing.
    """

    NAVIGATION = "navigation"
    CHANGE = "change"
    DIALOG = "dialog"
    SCROLL = "scroll"
    FLEETING = "fleeting"
    NATIVE = "native"
    NOTHING = "nothing"
    ERROR = "error"
    COVERED = "covered"


RESPONSIVE = frozenset({Effect.NAVIGATION, Effect.CHANGE, Effect.DIALOG, Effect.SCROLL})
DEAD = frozenset({Effect.FLEETING, Effect.NOTHING, Effect.COVERED})

HANDED = frozenset({"print", "open", "download", "popup"})
"""What a page does beside itself and that leaves something with the visitor. Alert, confirm and prompt do not: they are
answered, and what comes of the answer counts."""

MOVED = 24
"""CSS pixels of scrolling that a visitor notices."""


@dataclass(frozen=True, slots=True)
class Touch:
    """What was seen around one step.

    Attributes:
        before: with the pointer elsewhere; ``ready``: with the pointer on the control.
        soon: shortly after; ``last``: once an effect must have lasted, scrolled back to where it was.
        scrolled: CSS pixels that the page had moved.
        url_before, url_after: address of the page.
        reloaded: another document is shown.
        asked: names of what the page asked or handed over: ``alert``, ``open``, ``download``.
        errors: heard since, and not heard of the untouched page.
        accepted: of a field: it holds another value than before.
    """

    before: View
    ready: View
    soon: View
    last: View
    scrolled: int = 0
    url_before: str = ""
    url_after: str = ""
    reloaded: bool = False
    asked: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    accepted: bool | None = None


def effect_of(control: Control, touch: Touch, restless: Restless) -> Effect:
    """The strongest thing that the step brought about."""
    if touch.errors:
        return Effect.ERROR
    if control.is_field and touch.url_before == touch.url_after and not touch.reloaded:
        return _of_field(touch, restless)
    lasting = restless.calm(differences(touch.ready, touch.last))
    if touch.reloaded or route_key(touch.url_before) != route_key(touch.url_after):
        # A page that is loaded anew forgets what was written in its fields: that is no other view.
        other = any(aspects != {Aspect.STATE} for aspects in lasting.values())
        return Effect.NAVIGATION if other or not is_own(touch.url_after) else Effect.NOTHING
    if touch.last.modals > touch.ready.modals:
        return Effect.DIALOG
    if lasting or _revealed(touch, restless):
        return Effect.CHANGE
    if HANDED & set(touch.asked):
        return Effect.DIALOG
    return _of_little(control, touch, restless)


def _of_field(touch: Touch, restless: Restless) -> Effect:
    if restless.calm(differences(touch.ready, touch.last, beside=True)):
        return Effect.CHANGE
    return Effect.NATIVE if touch.accepted else Effect.NOTHING


def _of_little(control: Control, touch: Touch, restless: Restless) -> Effect:
    """Nothing on the page is another than before."""
    if abs(touch.scrolled) >= MOVED and not control.is_nowhere:
        return Effect.SCROLL
    if touch.asked or restless.calm(differences(touch.ready, touch.soon)):
        return Effect.FLEETING
    return Effect.NATIVE if control.anchored and not control.is_nowhere else Effect.NOTHING


def _revealed(touch: Touch, restless: Restless) -> bool:
    """The pointer alone brought up something to use, and it stayed: a menu that opens under it. Words alone do not
    count: a style sheet shows a tooltip beside a button that does nothing."""
    brought = restless.calm(differences(touch.before, touch.ready))
    return any(
        aspects == {Aspect.PRESENCE} and path in touch.last.elements and touch.last.elements[path].control
        for path, aspects in _new(brought, touch.before).items()
    )


def _new(changes: Changes, before: View) -> Changes:
    return {path: aspects for path, aspects in changes.items() if path not in before.elements}
