"""What trying a site's controls found: steps, counts, the share, and the findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from render_worker.errors import clean
from render_worker.interaction.bounds import MAX_STEPS
from render_worker.interaction.controls import Action
from render_worker.interaction.effects import DEAD, RESPONSIVE, Effect
from services.contract import Finding, Severity

Ended = Literal["done", "hung", "crashed", "lost", "budget"]

DEAD_LEAST = 3
DEAD_SHARE = 0.5
"""From so many controls tried, and so large a share of them dead, it is said."""

MAX_NAMED = 6
MAX_FINDINGS = 10
NOT_TRIED = (Action.BACK, Action.FORWARD)
"""Of the browser, not of the page."""

_ENDINGS = {
    "hung": "the page did not give way",
    "crashed": "the page or its browser ended",
    "lost": "the browser did not draw",
}


@dataclass(frozen=True, slots=True)
class Step:
    """Attributes:
    page: path of the page; ``control``: its name.
    error: what was heard first, where the effect is an error.
    """

    page: str
    control: str
    action: Action
    effect: Effect
    error: str = ""


@dataclass(slots=True)
class Interaction:
    """Filled in while it goes on.

    Attributes:
        found: controls on the pages that were tried.
        ended: ``done``; ``hung``, ``crashed``, ``lost``: a page took it with it; ``budget``: its bound was reached.
        now: page, control and action that are going on.
    """

    found: int = 0
    steps: list[Step] = field(default_factory=list)
    ended: Ended = "done"
    now: tuple[str, str, Action] = ("", "", Action.PRESS)

    @property
    def tried(self) -> list[Step]:
        return [step for step in self.steps if step.action not in NOT_TRIED and step.effect is not Effect.NATIVE]

    def count(self, *effects: Effect) -> int:
        return sum(step.effect in effects for step in self.tried)

    @property
    def erring(self) -> int:
        return sum(step.effect is Effect.ERROR for step in self.steps)

    @property
    def is_sound(self) -> bool:
        """Nothing happened to the browser."""
        return self.ended in ("done", "budget")

    @property
    def share(self) -> float:
        """``(responsive - erring) / tried``, 0 to 1; 0 where there was nothing to try."""
        if not self.tried:
            return 0.0
        return round(min(1.0, max(0.0, (self.count(*RESPONSIVE) - self.erring) / len(self.tried))), 4)

    def end(self, ended: Ended) -> None:
        """It ended early. What a page did to itself counts as an error of the control that was being used."""
        self.ended = ended
        if ended in ("hung", "crashed"):
            self.steps.append(Step(*self.now, Effect.ERROR, _ENDINGS[ended]))

    def facts(self) -> dict[str, Any]:
        """As a JSON value for the report; ``docs/architecture.md`` lists it."""
        return {
            "found": self.found,
            "tried": len(self.tried),
            "responsive": self.count(*RESPONSIVE),
            "dead": self.count(*DEAD),
            "erring": self.erring,
            "share": self.share,
            "ended": self.ended,
            "steps": [
                {"page": s.page, "control": s.control, "action": s.action.value, "effect": s.effect.value}
                for s in self.steps[:MAX_STEPS]
            ],
        }


def better(one: Interaction | None, other: Interaction) -> Interaction:
    """Which of two attempts is kept: what came to an end of the site's own, else the one that came further."""
    if one is None or other.ended != "lost" or len(other.steps) > len(one.steps):
        return other
    return one


def interaction_findings(interaction: Interaction | None) -> Iterator[Finding]:
    """What a reader should know of it. Warnings: how a site answers to touch is no part of functional integrity."""
    if interaction is None:
        return
    for step in [step for step in interaction.steps if step.effect is Effect.ERROR][:MAX_FINDINGS]:
        yield _warning("interaction-error", f"On {step.page}: {step.action.value} {step.control}: {step.error}")
    if interaction.ended in _ENDINGS:
        page, control, _ = interaction.now
        yield _warning("interaction-ended", f"On {page}, at {control}: {_ENDINGS[interaction.ended]}.")
    tried, dead = interaction.tried, [step for step in interaction.tried if step.effect in DEAD]
    if len(tried) >= DEAD_LEAST and len(dead) >= DEAD_SHARE * len(tried):
        named = dict.fromkeys(f"{step.control} on {step.page} ({step.effect.value})" for step in dead)
        names = ", ".join(list(named)[:MAX_NAMED])
        text = f"{len(dead)} of {len(tried)} controls that were tried have no effect that lasts: {names}."
        yield _warning("dead-controls", text)


def _warning(name: str, message: str) -> Finding:
    return Finding(rule=f"render/{name}", severity=Severity.WARNING, message=clean(message, 1_000))
