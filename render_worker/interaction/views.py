"""What a visitor sees of a page at one moment, as `scripts/survey.js` tells it, and what differs between two. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from render_worker.interaction.bounds import SHADE, SHIFT
from render_worker.interaction.controls import Control

Row = tuple[str, str, tuple[int, int, int, int], str, list[int], str, bool, bool]


class Aspect(StrEnum):
    """In what an element differs: it is there or not; its own text; its place or size; what it says of its state
    (value, ticked, expanded); its colours and the like."""

    PRESENCE = "presence"
    TEXT = "text"
    BOX = "box"
    STATE = "state"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Seen:
    """One visible element.

    Attributes:
        box: x and y from its parent's, width, height, in CSS pixels.
        colours: channels of text, background and drawing, 0 to 255.
        finery: transform, text decoration and background picture.
        close: it is the control last aimed at, or around it, or in it.
        control: it is a control.
    """

    text: str
    box: tuple[int, int, int, int]
    state: str
    colours: tuple[int, ...]
    finery: str
    close: bool
    control: bool = False


class Survey(BaseModel):
    """The script's answer.

    Attributes:
        rows: of each visible element its place among visible ones (``/0/2``), and what `Seen` holds.
        found: controls on the page, of which `controls` are the first.
        modals: dialogs that are shown, and what lies over the whole screen.
        scroll: CSS pixels that the page is scrolled down.
    """

    model_config = ConfigDict(frozen=True)

    rows: list[Row]
    controls: list[Control]
    found: int = Field(ge=0)
    modals: int = Field(ge=0)
    scroll: int
    url: str


@dataclass(frozen=True, slots=True)
class View:
    elements: Mapping[str, Seen]
    modals: int = 0
    scroll: int = 0


Changes = Mapping[str, frozenset[Aspect]]


@dataclass(frozen=True, slots=True)
class Restless:
    """What changes without a touch: by place, and every place whose siblings do."""

    changes: dict[str, frozenset[Aspect]] = field(default_factory=dict)

    def add(self, changes: Changes) -> None:
        for path, aspects in changes.items():
            self.changes[path] = self.changes.get(path, frozenset()) | aspects

    def calm(self, changes: Changes) -> dict[str, frozenset[Aspect]]:
        """The changes that are not of this kind. A carousel goes on to a slide that did not move before: siblings of
        what changes in more than its place do not count, nor what lies in it."""
        others = {path: aspects for path, aspects in changes.items() if path not in self.changes}
        lively = {path for path, aspects in self.changes.items() if aspects - {Aspect.BOX}}
        if not lively:
            return others
        rows = {parent(path) for path in lively}
        known: dict[str, bool] = {}
        return {
            path: aspects
            for path, aspects in others.items()
            if parent(path) not in rows and not lies_within(path, lively, known)
        }


def read_survey(value: object) -> Survey | None:
    """The script's answer, or None where it has not the right shape."""
    try:
        return Survey.model_validate(value)
    except ValidationError:
        return None


def view_of(survey: Survey) -> View:
    elements = {
        path: Seen(text, box, state, tuple(colours), finery, close, control)
        for path, text, box, state, colours, finery, close, control in survey.rows
    }
    return View(elements, survey.modals, survey.scroll)


def parent(path: str) -> str:
    return path.rpartition("/")[0]


def lies_within(path: str, places: Container[str], known: dict[str, bool]) -> bool:
    """Whether it lies in one of these places; itself does not count.

    Args:
        known: filled in: what was found of it and of what is around it, for the next question of the same places.
    """
    trail = []
    while path and path not in known:
        trail.append(path)
        path = parent(path)
    found = known.get(path, False)
    for place in reversed(trail):
        found = found or parent(place) in places
        known[place] = found
    return found


def differences(one: View, other: View, *, beside: bool = False) -> dict[str, frozenset[Aspect]]:
    """In what each place differs. What a pointer or the focus does by itself to the control, to what is around it and
    in it (colours, place) is left out.

    Args:
        beside: leave out everything of the control, around it and in it.
    """
    changes = {}
    for path in sorted(one.elements.keys() | other.elements.keys()):
        aspects = _aspects(one.elements.get(path), other.elements.get(path), beside)
        if aspects:
            changes[path] = aspects
    return changes


def _aspects(one: Seen | None, other: Seen | None, beside: bool) -> frozenset[Aspect]:
    close = (one is not None and one.close) or (other is not None and other.close)
    if close and beside:
        return frozenset()
    if one is None or other is None:
        return frozenset({Aspect.PRESENCE})
    found = {Aspect.TEXT} if one.text != other.text else set()
    found |= {Aspect.STATE} if one.state != other.state else set()
    if not close and _apart(one.box, other.box, SHIFT):
        found.add(Aspect.BOX)
    if not close and (one.finery != other.finery or _apart(one.colours, other.colours, SHADE)):
        found.add(Aspect.LOOK)
    return frozenset(found)


def _apart(one: Sequence[int], other: Sequence[int], least: int) -> bool:
    return len(one) != len(other) or any(abs(a - b) >= least for a, b in zip(one, other, strict=True))
