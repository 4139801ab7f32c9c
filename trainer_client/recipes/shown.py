"""Which rollouts of a step are shown, and what of each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.contract import Evaluation, Severity

COLUMNS = ("step", "group", "sample", "reward", "band", "appearance", "functional", "format", "finding", "instruction")
SCREENSHOT = "home.png"
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of the table. ``png``: the home page's screenshot; None where there is none."""

    evaluation: Evaluation
    instruction: str
    png: bytes | None = None

    def values(self) -> list[str | float | int | None]:
        """In the order of `COLUMNS`."""
        one, parts = self.evaluation, self.evaluation.components
        terms = [parts.get(name) for name in ("appearance", "functional", "format")]
        place = [one.step, one.group, one.sample, one.reward, one.band]
        return [*place, *terms, first_finding(one), self.instruction]


def spread(evaluations: Sequence[Evaluation], count: int) -> list[Evaluation]:
    """At most ``count`` of the scored, from the highest reward to the lowest, at even distances between."""
    scored = [one for one in evaluations if one.reward is not None]
    ranked = sorted(scored, key=lambda one: one.reward or 0.0, reverse=True)
    if len(ranked) <= count:
        return ranked
    last = len(ranked) - 1
    return [ranked[round(at * last / max(1, count - 1))] for at in range(count)]


def has_screenshot(evaluation: Evaluation) -> bool:
    return any(SCREENSHOT in report.artifacts for report in evaluation.reports)


def first_finding(evaluation: Evaluation) -> str:
    """What a reader should know first: the first error, or else the first finding."""
    findings = [finding for report in evaluation.reports for finding in report.findings]
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    return next((f"{f.rule}: {f.message}" for f in [*errors, *findings]), "")


def png_size(png: bytes) -> tuple[int, int] | None:
    """Width and height from the header, with nothing decoded; None where it is no PNG."""
    if len(png) < 24 or not png.startswith(_PNG):
        return None
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def as_markdown(rows: Sequence[Shown]) -> str:
    """A table for TensorBoard's texts."""
    lines = [" | ".join(COLUMNS), " | ".join("---" for _ in COLUMNS)]
    return "\n".join([*lines, *(" | ".join(map(_cell, row.values())) for row in rows)])


def _cell(value: str | float | int | None) -> str:
    text = "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
    return " ".join(text[:300].split()).replace("|", "\\|").replace("<", "&lt;")
