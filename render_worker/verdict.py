"""From what was seen to what it means: findings, whether the site rendered, whether it works. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import StrEnum

from render_worker.errors import Note, clean
from render_worker.facts import PageFacts
from render_worker.pixels import UNIFORM
from render_worker.scaffold import UNCHANGED, likeness
from render_worker.site import ORIGIN
from render_worker.visit import LATER, PageVisit
from services.contract import Finding, Severity

MAX_PER_RULE = 10
"""Findings of one rule on one page."""

FACE = 0.4
"""Share of the first screen from which a page has changed its face: a carousel or a game changes less."""


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
    """

    visit: PageVisit
    dominant: float | None
    changed: float | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)

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


@dataclass(frozen=True, slots=True)
class Ruling:
    """Attributes:
    passed: the home page rendered.
    functional: no error, no missing own file and no limit on any visited page.
    contended: the end may be our load's doing, or the browser's own: it decides nothing yet.
    """

    passed: bool
    functional: bool
    contended: bool
    findings: tuple[Finding, ...]


def rule(looks: Sequence[Look], end: End) -> Ruling:
    """Judge a run: the home page first in `looks`, then the routes as far as they were reached."""
    told = {(error.kind.value, error.text) for look in looks[:1] for error in look.visit.errors}
    findings = [finding for look in looks for finding in page_findings(look, told if look.visit.mobile else set())]
    ending = end_finding(looks, end)
    findings += [ending] if ending else []
    failing = [finding for finding in findings if finding.severity is Severity.ERROR]
    home = looks[0] if looks else None
    rendered = home is not None and home.visit.png is not None and not list(home_failures(home))
    return Ruling(
        passed=rendered,
        functional=rendered and not failing,
        contended=end in (End.WALL, End.CRASHED, End.DIED) or (end is End.DONE and not rendered and _cut_short(home)),
        findings=tuple(findings),
    )


def _cut_short(home: Look | None) -> bool:
    """Whether a bound in wall time ended the look at home: a loaded machine could have done that."""
    return home is not None and (home.visit.settled_by == "cap" or home.visit.png is None)


def page_findings(look: Look, told: Set[tuple[str, str]]) -> Iterator[Finding]:
    """The findings of one page, worst first.

    Args:
        told: errors, by kind and text, that another page's findings hold already.
    """
    route = look.visit.label
    yield from _look_findings(look)
    errors = [(error.kind.value, error.text) for error in look.visit.errors]
    for error in _bounded([error for error in errors if error not in told]):
        yield _error(error[0], f"On {route}: {error[1]}")
    for url in list(look.visit.traffic.missing)[:MAX_PER_RULE]:
        path = clean(url.removeprefix(ORIGIN), 200)
        yield _error("own-file-missing", f"On {route}: {path} was asked for, and the built site has no such file.")
    if look.visit.notes[Note.OVERWRITTEN]:
        text = f"On {route}: the page replaced console.error; what it was called with is counted all the same."
        yield Finding(rule="render/console-overwritten", severity=Severity.WARNING, message=text)
    yield from _remarks(look)


def _remarks(look: Look) -> Iterator[Finding]:
    """What a reader of the reward should know, though nothing is broken."""
    if look.changed is not None and look.changed >= FACE:
        text = f"On {look.visit.label}: {look.changed:.0%} of the first screen is another {LATER / 1_000:.0f} s later."
        yield Finding(rule="render/changes-face", severity=Severity.WARNING, message=text)
    if look.visit.facts is not None and likeness(look.visit.facts.text) >= UNCHANGED:
        text = f"On {look.visit.label}: this is the scaffold's own page, unchanged."
        yield Finding(rule="render/unchanged-scaffold", severity=Severity.WARNING, message=text)


def _look_findings(look: Look) -> Iterator[Finding]:
    for rule_name, message in home_failures(look):
        yield _error(rule_name, f"On {look.visit.label}: {message}")


def home_failures(look: Look) -> Iterator[tuple[str, str]]:
    """Why a page counts as not rendered: rule name and reason. On the home page each of them ends the cascade."""
    facts = look.visit.facts
    if (ORIGIN + look.visit.route).partition("#")[0] in look.visit.traffic.missing:
        yield "blank", "the built site has no page at this address."
    if look.visit.traffic.restless:
        yield "limit", "the page kept loading itself or its files anew and was stopped."
    if look.blank:
        yield "blank", "nothing is to be seen; the screenshot is one empty area."
    if look.visit.png is None and look.visit.settled_by is not None:
        yield "blank", "the page showed no frame that could be photographed."
    if look.visit.png is not None and facts is None:
        yield "unmeasured", "the page keeps its document from being measured."
    if facts is not None and facts.overlay:
        yield "error-overlay", "an error overlay covers the page."
    if facts is not None and not _is_mounted(facts):
        yield "unmounted", "the root element is empty: the application did not mount."


def _is_mounted(facts: PageFacts) -> bool:
    return facts.root == "mounted" or (facts.root == "absent" and facts.text_length > 0)


def end_finding(looks: Sequence[Look], end: End) -> Finding | None:
    """The finding that says how the run ended, where it did not end well."""
    route = looks[-1].visit.label if looks else "/"
    if end is End.DONE:
        return None
    if end is End.CPU:
        return _error("hung", f"On {route}: the page did not give way until its CPU time was spent.")
    if end in (End.CRASHED, End.DIED):
        return _error("crashed", f"On {route}: the browser {'tab crashed' if end is End.CRASHED else 'died'}.")
    return _error("limit", f"On {route}: the page reached the limit on {_LIMITS[end]}.")


_LIMITS = {
    End.WALL: "wall-clock time",
    End.MEMORY: "memory",
    End.PROCESSES: "processes",
    End.DISK: "disk space",
    End.OUTPUT: "output",
}


def _bounded(errors: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for position, error in enumerate(errors):
        if sum(earlier[0] == error[0] for earlier in errors[:position]) < MAX_PER_RULE:
            yield error


def _error(name: str, message: str) -> Finding:
    return Finding(rule=f"render/{name}", severity=Severity.ERROR, message=clean(message, 1_000))
