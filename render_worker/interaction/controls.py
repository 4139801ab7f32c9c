"""What can be pressed, chosen or filled on a page, as `scripts/survey.js` tells it, and what is done with it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated
from urllib.parse import urljoin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from render_worker.errors import clean
from render_worker.interaction.bounds import MAX_LABEL
from render_worker.pages import HASH_ROUTES, as_route, route_key
from render_worker.site import ORIGIN, is_own

Word = Annotated[str, BeforeValidator(lambda value: " ".join(clean(value, 1_001).split()))]
Label = Annotated[str, BeforeValidator(lambda value: " ".join(clean(value, MAX_LABEL).split()))]


class Action(StrEnum):
    """What is done with a control."""

    PRESS = "press"
    FILL = "fill"
    CHOOSE = "choose"
    SUBMIT = "submit"
    BACK = "back"
    FORWARD = "forward"


class Control(BaseModel):
    """Attributes:
    href: of a link, as written; None for anything else.
    anchored: the document has what the link's fragment names; ``whole``: that holds the whole page, the link included.
    selected: it says itself that it is the chosen one of its kind, or the page that is shown.
    likeness: equal for controls that stand side by side or in equal cards.
    form: number of the form that it belongs to, or -1.
    group: its name, which radio buttons share.
    longest: most characters that it takes, or -1.
    options: how many a select element has.
    nth: which of those that look the same (`likely_same`), in the document's order.
    """

    model_config = ConfigDict(frozen=True)

    tag: Word
    role: Word = ""
    type: Word = ""
    label: Label = ""
    href: Word | None = None
    download: bool = False
    anchored: bool = False
    whole: bool = False
    selected: bool = False
    likeness: Word = ""
    form: Annotated[int, Field(ge=-1)] = -1
    submits: bool = False
    group: Word = ""
    read_only: bool = False
    editable: bool = False
    pattern: Word = ""
    min: Word = ""
    max: Word = ""
    longest: int = -1
    options: int = 0
    nth: int = 0

    @property
    def name(self) -> str:
        """How steps and findings call it: ``button "Add to cart"``."""
        kind = self.role or {"a": "link"}.get(self.tag, self.tag)
        kind = f"{self.type} field" if self.tag == "input" and not self.submits else kind
        return clean(f'{kind} "{self.label}"' if self.label else kind, MAX_LABEL + 50)

    @property
    def likely_same(self) -> tuple[str, ...]:
        """Equal for what is the same control in another document of the page; its label may have changed within one."""
        return (self.tag, self.role, self.type, self.label, self.href or "", self.group)

    @property
    def action(self) -> Action:
        if self.submits:
            return Action.SUBMIT
        if self.tag == "select" or (self.tag == "input" and self.type in _CHOSEN):
            return Action.CHOOSE
        is_text = self.tag == "textarea" or self.editable or (self.tag == "input" and self.type not in _BUTTONS)
        return Action.FILL if is_text else Action.PRESS

    @property
    def takes_enter(self) -> bool:
        """Enter in this field submits its form."""
        return self.tag == "input" and self.action is Action.FILL and self.form >= 0

    @property
    def is_field(self) -> bool:
        """The browser itself reacts to it: that its own value changes is not the site's doing."""
        return self.action in (Action.FILL, Action.CHOOSE)

    @property
    def is_nowhere(self) -> bool:
        """A link that leads nowhere: ``#`` moves the page to its top and that is all, as does the name of what
        holds the whole page."""
        return self.whole or self.href in ("#", "")


_CHOSEN = ("checkbox", "radio", "range")
_BUTTONS = ("button", "submit", "reset", "image")
_BY_OTHERS = ("file", "color")
"""The browser opens a window of its own for these."""


def is_tried(control: Control, url: str) -> bool:
    """Whether a control is tried on the page at `url`. Not tried, though found: links to elsewhere, to files and to
    the page itself; what is chosen already; fields that cannot be written in; and select elements without a choice."""
    if control.selected or control.download or control.type in _BY_OTHERS:
        return False
    if control.is_field:
        return not control.read_only and (control.tag != "select" or control.options > 1)
    return control.href is None or _leads_on(control, url)


def _leads_on(control: Control, url: str) -> bool:
    href = control.href or ""
    place, mark, name = href.partition("#")
    is_anchor = mark != "" and not (mark + name).startswith(HASH_ROUTES)
    if control.is_nowhere or (is_anchor and not place) or href.lower().startswith("javascript:"):
        return True
    try:
        target = urljoin(url, href)
    except ValueError:
        return False
    if not is_own(target) or as_route(href, url) is None:
        return False
    return is_anchor or route_key(target) != route_key(url)


def numbered(controls: Sequence[Control]) -> list[Control]:
    """The controls, each with its `nth`."""
    seen: Counter[tuple[str, ...]] = Counter()
    told = []
    for control in controls:
        told.append(control.model_copy(update={"nth": seen[control.likely_same]}))
        seen[control.likely_same] += 1
    return told


def find(control: Control, controls: Sequence[Control]) -> int | None:
    """Where the control is among these, told of a later moment or of another document of its page."""
    places = [place for place, other in enumerate(controls) if other.likely_same == control.likely_same]
    return places[control.nth] if control.nth < len(places) else None


def path_of(url: str) -> str:
    """How steps name a page: its path from the origin's root, bounded."""
    return clean(url.removeprefix(ORIGIN) or "/", 200)
