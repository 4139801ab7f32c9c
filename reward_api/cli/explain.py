"""How an evaluation's reward came about, as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import plain
from services.rewards.explain import Explanation, JudgeStep, Line, StageStep

DIGITS = 6


def as_document(found: Explanation) -> dict[str, Any]:
    """JSON with the names of `services.rewards.explain`."""
    return dict(TypeAdapter(Explanation).dump_python(found, mode="json"))


def as_text(found: Explanation) -> Iterator[RenderableType]:
    """The stages, the sum, and who judged; or why there is no number."""
    yield Text(plain(f"{found.evaluation} under {found.profile.name} {found.profile.version}: {_headline(found)}"))
    yield stage_table(found)
    yield from (Text(plain(f"no reward: {reason}")) for reason in found.reasons)
    if found.lines:
        yield sum_table(found)
    if found.judge:
        yield Text(plain(_judge(found.judge)))
    if found.recorded is not None and found.recorded_profile != found.profile:
        told = found.recorded_profile
        yield Text(plain(f"on record: {number(found.recorded)} under {told.name} {told.version}"))


def _headline(found: Explanation) -> str:
    if found.reward is None or found.band is None:
        return f"null ({found.status.value})"
    return f"{number(found.reward)} ({found.band.value})"


def stage_table(found: Explanation) -> Table:
    table = Table("stage", "outcome", "why", "noted", box=None, pad_edge=False)
    table.columns[2].overflow = table.columns[3].overflow = "fold"
    for step in found.stages:
        cells = (step.stage.value, _outcome(step), ", ".join(step.why), ", ".join(step.noted))
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _outcome(step: StageStep) -> str:
    parts = [step.outcome, f"limit: {step.limit_hit}" if step.limit_hit else "", "reused" if step.reused else ""]
    text = ", ".join(part for part in parts if part)
    return f"{text}; the cascade ends here" if step.ended else text


def sum_table(found: Explanation) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(f"band {found.band.value if found.band else ''}")
    for name in ("measured", "counted", "x weight", "adds", "total"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in found.lines:
        table.add_row(*_cells(line))
    table.add_row("reward", "", "", "", "", number(found.lines[-1].total), style="bold")
    return table


def _cells(line: Line) -> list[str]:
    of_term = ["" if value is None else number(value) for value in (line.measured, line.counted, line.weight)]
    return [line.name, *of_term, f"{'+' if line.amount >= 0 else ''}{number(line.amount)}", number(line.total)]


def _judge(judge: JudgeStep) -> str:
    grades = ", ".join(number(grade) for grade in judge.grades) or "none"
    spread = f", spread {number(judge.spread)}" if judge.spread is not None else ""
    return f"judge: {judge.kind} ({judge.model}), {judge.samples} samples; appearance that counts: {grades}{spread}"


def number(value: float) -> str:
    """Up to six decimals, as many as it has: what is shown adds up."""
    text = f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
