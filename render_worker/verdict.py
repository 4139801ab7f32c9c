"""From what was seen to what it means: findings, whether the site rendered, whether it works. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from render_worker.integrity import breaks, no_end, not_rendered, suppression
from render_worker.looks import End as End
from render_worker.looks import Look as Look
from render_worker.remarks import remarks, remarks_of_all
from services.contract import Finding, Severity


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
    findings += remarks_of_all(looks)
    ending = no_end(looks, end)
    findings += [ending] if ending else []
    failing = [finding for finding in findings if finding.severity is Severity.ERROR]
    home = looks[0] if looks else None
    rendered = home is not None and home.visit.png is not None and not list(not_rendered(home))
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
    """The findings of one page, worst first; `told` as in `breaks`."""
    yield from breaks(look, told)
    yield from filter(None, (suppression(look),))
    yield from remarks(look)
