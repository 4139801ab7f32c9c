"""Collects findings: counted in full, kept up to a limit for each rule."""

from __future__ import annotations

from services.artifact.limits import MAX_FINDINGS_PER_RULE
from services.contract import Finding, Severity

REPLACEMENT = "\ufffd"


def shown(text: str, limit: int = 120) -> str:
    """A candidate's text as it may stand in a message: printable, and no longer than ``limit``."""
    cut = text[:limit]
    clean = "".join(c if c.isprintable() else REPLACEMENT for c in cut)
    return clean + "…" if len(text) > limit else clean


class Notes:
    """Findings in the order noted, at most `MAX_FINDINGS_PER_RULE` for a rule; then one says how many more."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._kept: list[Finding] = []

    def add(self, rule: str, message: str, file: str | None = None, severity: Severity = Severity.WARNING) -> None:
        seen = self.counts[rule] = self.counts.get(rule, 0) + 1
        if seen <= MAX_FINDINGS_PER_RULE:
            self._kept.append(Finding(rule=rule, severity=severity, message=message, file=file))

    def findings(self) -> tuple[Finding, ...]:
        more = [
            Finding(rule=rule, severity=Severity.INFO, message=f"{seen - MAX_FINDINGS_PER_RULE} more of the same.")
            for rule, seen in self.counts.items()
            if seen > MAX_FINDINGS_PER_RULE
        ]
        return (*self._kept, *more)
