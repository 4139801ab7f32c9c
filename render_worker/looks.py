"""What a run left to rule on: each page that was looked at, and how the browser's run ended. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from PIL import Image

from render_worker.pixels import UNIFORM
from render_worker.visit import PageVisit


class End(StrEnum):
    """How the browser's run ended."""

    DONE = "done"
    CPU = "cpu"
    WALL = "wall"
    MEMORY = "memory"
    PROCESSES = "processes"
    DISK = "disk"
    OUTPUT = "output"
    CRASHED = "crashed"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Look:
    """One visited page and what its pictures say.

    Attributes:
        dominant: share of the screenshot's commonest colour; None: no screenshot.
        changed: share of the first screen that is another `LATER`; None: not looked at again.
        hashes: screenshot name -> perceptual hash.
        cells: the first screen in coarse cells (`pixels.cells_of`).
    """

    visit: PageVisit
    dominant: float | None
    changed: float | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    cells: Image.Image | None = None

    @property
    def blank(self) -> bool:
        """Nothing is to be seen: one colour throughout, or nearly so without any text.

        Text of the background's own colour is not seen, so the picture decides, and the text only softens it.
        """
        if self.dominant is None:
            return False
        facts = self.visit.facts
        if self.dominant >= 1.0:
            return True
        silent = facts is not None and facts.text_length == 0
        return silent and (self.dominant >= UNIFORM or not (facts is None or facts.painted or facts.first_paint))
