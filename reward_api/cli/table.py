"""What a person sees of evaluations. Pure but for rich's own objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from rich.table import Table
from rich.text import Text

from reward_api.cli.terminal import plain
from services.contract import Evaluation, Finding, Severity, Status
from services.stages import ORDER
from trainer_client import Scores

FINDING_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as text."""

    rollout: str
    stage: str
    band: str
    reward: str
    components: str
    seconds: str
    finding: str


def stage_line(evaluations: Sequence[Evaluation | None]) -> str:
    """How many are where, for example ``lint 2 · build 1``; without those that ended."""
    counts = Counter(e.stage for e in evaluations if e and not e.status.ended and e.stage)
    parts = [f"{stage.value} {counts[stage]}" for stage in ORDER if counts[stage]]
    unsent = sum(e is None for e in evaluations)
    return " · ".join([f"sending {unsent}"] * bool(unsent) + parts)


def ended(evaluations: Sequence[Evaluation | None]) -> int:
    return sum(e is not None and e.status.ended for e in evaluations)


def rows(scores: Scores) -> list[Row]:
    """One row per rollout, in the order given."""
    return [_row(name, e) for name, e in zip(scores.rollout_ids, scores.evaluations, strict=True)]


def _row(rollout_id: str, evaluation: Evaluation | None) -> Row:
    if evaluation is None:
        return Row(rollout_id, "-", "not accepted", "null", "", "", "")
    return Row(
        rollout=rollout_id,
        stage=evaluation.stage.value if evaluation.stage else "-",
        band=outcome(evaluation),
        reward="null" if evaluation.reward is None else f"{evaluation.reward:.3f}",
        components=" ".join(
            f"{name} {value:.2f}{_by(evaluation, name)}" for name, value in evaluation.components.items()
        ),
        seconds=f"{evaluation.work_seconds:.1f}",
        finding=evaluation.unscored_detail or finding_text(first_finding(evaluation)),
    )


def _by(evaluation: Evaluation, component: str) -> str:
    """Beside an appearance that no model judged stands who did."""
    if component != "appearance" or evaluation.judge is None or evaluation.judge.kind == "vlm":
        return ""
    return f" ({evaluation.judge.kind})"


def outcome(evaluation: Evaluation) -> str:
    """The band of a scored evaluation; else its status with the reason."""
    if evaluation.status is Status.SCORED:
        return evaluation.band or "scored"
    return f"unscored: {evaluation.unscored_reason}" if evaluation.unscored_reason else evaluation.status.value


def first_finding(evaluation: Evaluation) -> Finding | None:
    """The first error; where there is none, the first warning; no mere information."""
    found = [finding for report in evaluation.reports for finding in report.findings]
    by_weight = (f for severity in (Severity.ERROR, Severity.WARNING) for f in found if f.severity is severity)
    return next(by_weight, None)


def finding_text(finding: Finding | None) -> str:
    """Rule, place and message in one short line."""
    if finding is None:
        return ""
    place = f" {finding.file}:{finding.line}" if finding.line else f" {finding.file}" if finding.file else ""
    text = plain(f"{finding.rule}{place}: {finding.message}")
    return text if len(text) <= FINDING_WIDTH else text[: FINDING_WIDTH - 1] + "…"


def as_table(found: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("rollout", "stage", "outcome"):
        table.add_column(name, overflow="fold")
    table.add_column("reward", justify="right", no_wrap=True)
    table.add_column("components", overflow="fold")
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("first finding", overflow="fold")
    for row in found:
        table.add_row(*(Text(plain(cell)) for cell in astuple(row)))
    return table


def summary(scores: Scores) -> str:
    """One line under the table: how many have a reward, their mean, and who judged."""
    numbers = [reward for reward in scores.rewards if reward is not None]
    mean = f", mean reward {sum(numbers) / len(numbers):.3f}" if numbers else ""
    judges = sorted({f"{e.judge.kind} ({e.judge.model})" for e in scores if e and e.judge})
    judged = f"; judge: {', '.join(judges)}" if judges else ""
    return f"{len(numbers)} of {len(scores)} scored{mean}{judged}"
