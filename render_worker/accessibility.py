"""What axe-core finds on a page: rules of WCAG 2.2, levels A and AA, which need no opinion.

It runs in an isolated world of the page, while the page's time stands still, and is bounded by elements and CPU time: a
page that it takes too long for is not examined, which says nothing of the page.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from playwright.async_api import Error as PlaywrightError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from render_worker import probe
from render_worker.errors import clean
from render_worker.tab import Tab

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SKIPPED = ("meta-refresh", "no-autoplay-audio", "frame-tested")
"""Rules that wait for something, or for other frames."""

MAX_ELEMENTS = 1_500
MAX_CPU_SECONDS = 2.0
"""Of one page; together with those of its routes a fraction of what an evaluation may take."""

MAX_SECONDS = 30.0
"""Real time, should a machine give it no CPU time."""

CONTRAST = "color-contrast"
_LOOK_SECONDS = 0.1
_MAX_RULES = 100

Short = Annotated[str, BeforeValidator(lambda value: clean(value, 160))]


class Violation(BaseModel):
    """Attributes:
    nodes: elements that violate the rule.
    example: the first of them, by name, id and classes.
    """

    model_config = ConfigDict(frozen=True)

    rule: Short
    impact: Literal["minor", "moderate", "serious", "critical"]
    nodes: int = Field(ge=0)
    example: Short


_VIOLATIONS: TypeAdapter[list[Violation]] = TypeAdapter(Annotated[list[Violation], Field(max_length=_MAX_RULES)])


async def examine(tab: Tab, axe: Path) -> list[Violation] | None:
    """The page's violations; None where it was not examined.

    Raises:
        PlaywrightError: the page or the browser is gone.
    """
    options = {"tags": TAGS, "skipped": SKIPPED, "elements": MAX_ELEMENTS}
    running = asyncio.ensure_future(probe.run(tab.session, "axe", options, before=_source(axe)))
    try:
        if await _ends(tab, running):
            return read_violations(running.result())
        # Its promise will not be kept any more; the page answers again.
        with suppress(PlaywrightError):
            await tab.session.send("Runtime.terminateExecution")
        return None
    finally:
        running.cancel()


async def _ends(tab: Tab, running: asyncio.Future[object]) -> bool:
    watch = tab.patience.watch
    until = watch.cpu_seconds + MAX_CPU_SECONDS
    for _ in range(int(MAX_SECONDS / _LOOK_SECONDS)):
        if (await asyncio.wait({running}, timeout=_LOOK_SECONDS))[0]:
            return True
        if tab.page.is_closed():
            raise PlaywrightError("the page was closed")
        if watch.cpu_seconds > until:
            return False
    return False


@lru_cache(maxsize=1)
def _source(axe: Path) -> str:
    return axe.read_text("utf-8")


def read_violations(value: object) -> list[Violation] | None:
    """The script's answer, or None where it has not the right shape."""
    try:
        return _VIOLATIONS.validate_python(value)
    except ValidationError:
        return None


def shown(violations: list[Violation] | None) -> dict[str, Any] | None:
    """As a JSON value for the report: the violations; elements by impact; those of too little contrast."""
    if violations is None:
        return None
    by_impact: Counter[str] = Counter()
    for violation in violations:
        by_impact[violation.impact] += violation.nodes
    return {
        "violations": [violation.model_dump() for violation in violations],
        "by_impact": dict(by_impact),
        "contrast_violations": sum(one.nodes for one in violations if one.rule == CONTRAST),
    }
