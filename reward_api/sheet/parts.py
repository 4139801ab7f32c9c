"""The parts of a member's card below its pictures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reward_api.cli.table import first_finding
from reward_api.sheet.model import Member, report_of
from reward_api.sheet.text import number, text
from services.contract import Finding, Severity
from services.stages import Stage

ORDER = ("appearance", "functional", "format", "static")
"""Components by their weight in the reward; others come after."""

FULL = {"appearance": 5.0}
"""The highest value of a component, where it is not 1."""

MOST_FINDINGS = 20
MOST_CHARACTERS = 600


def components(member: Member) -> str:
    """A bar for each component, as a share of its highest value."""
    known = member.evaluation.components
    ordered = sorted(known, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    rows = "".join(_component(name, known[name]) for name in ordered)
    return f"<table>{rows}</table>" if rows else ""


def _component(name: str, value: float) -> str:
    width = 100 * min(1.0, max(0.0, value / FULL.get(name, 1.0)))
    bar = (
        '<svg viewBox="0 0 100 7" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" '
        f'height="7"/><rect class="fill" width="{width:.1f}" height="7"/></svg>'
    )
    return f'<tr><th scope="row">{text(name)}</th><td>{bar}</td><td class="value">{number(value, 2)}</td></tr>'


def judged(member: Member) -> str:
    """What the judge's first sample said, and how far its samples differ."""
    report, judge = report_of(member.evaluation, Stage.JUDGE), member.evaluation.judge
    samples = report.facts.get("samples") if report else None
    first = samples[0] if isinstance(samples, list) and samples and isinstance(samples[0], dict) else {}
    if judge is None or not first:
        return ""
    criteria = first.get("criteria")
    graded = ", ".join(_grades(criteria)) if isinstance(criteria, Mapping) else ""
    spread = f", \N{PLUS-MINUS SIGN}{judge.spread:.2f}" if judge.spread is not None else ""
    again = ", taken over" if judge.reused else ""
    said = f" <q>{text(_short(str(first['reason'])))}</q>" if first.get("reason") else ""
    return f'<p class="said">{text(graded)} ({judge.samples} samples{spread}{again}).{said}</p>'


def _grades(criteria: Mapping[str, Any]) -> Iterator[str]:
    for name, grade in criteria.items():
        if isinstance(grade, int | float):
            yield f"{name} {grade:.1f}"


def findings(member: Member) -> str:
    """The first finding in full, the others behind a click; of an unscored one, what failed on our side."""
    evaluation = member.evaluation
    ours = f'<p class="finding">{text(_short(evaluation.unscored_detail))}</p>' if evaluation.unscored_detail else ""
    first = first_finding(evaluation)
    if first is None:
        return ours
    others = [f for report in evaluation.reports for f in report.findings if f is not first and _counts(f)]
    return ours + _finding(first) + _others(others)


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO


def _others(found: list[Finding]) -> str:
    if not found:
        return ""
    shown = "".join(map(_finding, found[:MOST_FINDINGS]))
    return f"<details><summary>{len(found)} more</summary>{shown}</details>"


def _finding(finding: Finding) -> str:
    place = f" {finding.file}" if finding.file else ""
    place += f":{finding.line}" if finding.file and finding.line else ""
    message = text(_short(finding.message))
    return f'<p class="finding {finding.severity.value}"><code>{text(finding.rule + place)}</code> {message}</p>'


def foot(member: Member) -> str:
    """Where its time went, how large it is, and its ids."""
    evaluation = member.evaluation
    size = (report.facts.get("bytes") if (report := report_of(evaluation, Stage.LINT)) else None) or 0
    taken = ", ".join(stage.value for stage in evaluation.reused if stage is not Stage.RESOLVE)
    told = [
        f"{evaluation.work_seconds:.1f} s of work, {evaluation.queue_seconds:.1f} s waiting",
        f"{size:,} bytes of source" if isinstance(size, int) and size else "",
        f"taken over from equal work: {taken}" if taken else "",
        evaluation.id,
    ]
    return f'<p class="foot">{text("; ".join(filter(None, told)))}</p>'


def _short(value: str) -> str:
    return value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…"
