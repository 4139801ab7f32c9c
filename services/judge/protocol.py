"""The judge's interface. Bodies: `vlm`, `heuristic`, `scripted`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from services.contract import Finding

CRITERIA = ("rendering", "relevance", "layout", "beauty")
"""Rendering, relevance to the instruction, layout harmony, modernness and beauty: WebGen-Bench's four."""

HOME, MOBILE = "home.png", "home-mobile.png"
"""First screens of the home page, in a desktop window and at mobile width; any other shot is a further page's."""

View = Literal["home", "route", "mobile"]


@dataclass(frozen=True, slots=True)
class Shot:
    """One screenshot.

    Attributes:
        name: artifact name, for example ``home.png``.
        route: path it was taken at.
        png: the picture.
    """

    name: str
    route: str
    png: bytes

    @property
    def view(self) -> View:
        """What it shows, by its name."""
        return "home" if self.name == HOME else "mobile" if self.name == MOBILE else "route"


class Meter(Protocol):
    """What one run's judging costs."""

    def admit(self) -> None:
        """Asked before every call.

        Raises:
            BudgetSpent: the run may not spend any more.
        """
        ...

    def count(self, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        """Told after every call that the server answered, whatever became of the answer; the model's name as it was
        asked for."""
        ...


class Unmetered:
    """Counts nothing and admits everything."""

    def admit(self) -> None:
        return

    def count(self, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        return


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge may be shown; a judge chooses among the shots. No text of the page is in it except as pixels and as
    `facts` for the heuristic.

    Attributes:
        samples: verdicts that are asked for.
        meter: asked and told of every call that costs something.
    """

    instruction: str
    shots: tuple[Shot, ...]
    facts: dict[str, Any] = field(default_factory=dict)
    samples: int = 1
    meter: Meter = field(default_factory=Unmetered)


@dataclass(frozen=True, slots=True)
class Sample:
    """One verdict: four criteria and an overall grade, each 0 to 5.

    Attributes:
        sources: by grade, where its number comes from, if it need not be the stated one: see `services.judge.expected`.
    """

    criteria: dict[str, float]
    overall: float
    reason: str
    sources: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All samples of one judging.

    Attributes:
        kind: ``vlm``, ``heuristic`` or ``scripted``.
        model: the name the server returned, or the heuristic's version.
        samples: at least one where the judge gave a grade; empty where the candidate's shots were refused twice
            while a control shot passed.
        findings: for example ``judge/heuristic`` or ``judge/refused``.
        replies: the raw replies, kept as an artifact.
        usage: counts by name, for example ``prompt_tokens``.
        facts: what else the judge's report says, by name; JSON values.
    """

    kind: str
    model: str
    samples: tuple[Sample, ...]
    findings: tuple[Finding, ...] = ()
    replies: tuple[str, ...] = ()
    usage: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


class Judge(Protocol):
    """A grader of screenshots."""

    @property
    def version(self) -> str:
        """Kind, model and prompt version in one word: a run is pinned to it."""
        ...

    def judge(self, case: Case) -> Verdict:
        """Grade one case.

        Raises:
            JudgeError: no readable verdict although the fault is not the candidate's; `BudgetSpent` of the
                case's meter.
        """
        ...
