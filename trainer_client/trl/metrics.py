"""What a batch says to the trainer's log: numbers, and columns of its table of completions. Pure.

TRL averages over ranks, and needs the same names on every rank at every step: all of them are always there. Shares are
over all rows of the batch, so that their mean over ranks is exact. Components are over the rows with a reward, and 0
where a site did not get far enough to have them. A mean over some rows only is NaN where a rank has no such row; TRL
leaves that step's value out then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean

from services.contract import Evaluation, Severity
from services.stages import Stage
from trainer_client.trl import rows as of
from trainer_client.trl.rows import Row

BANDS = ("no-source", "static-failed", "build-failed", "render-failed", "rendered")

NULLS: Mapping[str, tuple[str, ...]] = {
    "judge": ("judge", "judge-busy", "judge-down"),
    "budget": ("budget",),
    "dependencies": ("registry", "dependency-set"),
    "workers": ("sandbox", "toolchain", "browser", "worker-lost", "version-mismatch", "not-ready"),
    "service": ("infrastructure", "internal", "broker", "records", "blobs"),
    of.UNREACHABLE: (of.UNREACHABLE,),
    of.DEADLINE: (of.DEADLINE,),
    of.CANCELLED: (of.CANCELLED,),
    of.THIN_GROUP: (of.THIN_GROUP,),
}
"""Metric -> the reasons for a missing reward that it counts; a reason that is in none counts as ``service``."""

_CLASS = {reason: name for name, found in NULLS.items() for reason in found}

Metrics = dict[str, list[float]]
Table = dict[str, list[str | float | None]]


def metrics(rows: Sequence[Row], components: Sequence[str], seconds: float) -> Metrics:
    """Name -> values to be averaged; at least one each."""
    shares = {
        "scored": [row.reason is None for row in rows],
        **{f"null/{name}": [_null_class(row) == name for row in rows] for name in NULLS},
        **{f"band/{name}": [_band(row) == name for row in rows] for name in BANDS},
        "truncated": [bool(row.evaluation and row.evaluation.truncated) for row in rows],
        "reused": [bool(row.evaluation and set(row.evaluation.reused) - {Stage.RESOLVE}) for row in rows],
    }
    means = {
        **{f"component/{name}": _known(rows, _component(name)) for name in components},
        "judge_spread": _known(rows, lambda e: e.judge.spread if e.judge else None),
        "queue_seconds": _known(rows, lambda e: e.queue_seconds),
        "work_seconds": _known(rows, lambda e: e.work_seconds),
    }
    told = {name: [fmean(values)] if values else [0.0] for name, values in shares.items()}
    told |= {name: values or [math.nan] for name, values in means.items()}
    return {f"webgen/{name}": values for name, values in {**told, "wait_seconds": [seconds]}.items()}


def table(rows: Sequence[Row], components: Sequence[str], url: str) -> Table:
    """Column -> one value a row."""
    columns: Table = {
        "evaluation": [row.evaluation.id if row.evaluation else None for row in rows],
        "outcome": [_band(row) or f"null: {row.reason}" for row in rows],
        **{
            name: [row.evaluation.components.get(name) if row.evaluation else None for row in rows]
            for name in components
        },
        "judge_spread": [
            row.evaluation.judge.spread if row.evaluation and row.evaluation.judge else None for row in rows
        ],
        "finding": [_finding(row.evaluation) if row.evaluation else None for row in rows],
        "screenshot": [_screenshot(row.evaluation, url) if row.evaluation else None for row in rows],
    }
    return {f"webgen/{name}": values for name, values in columns.items()}


def _null_class(row: Row) -> str | None:
    return _CLASS.get(row.reason, "service") if row.reason is not None else None


def _band(row: Row) -> str | None:
    return row.evaluation.band if row.evaluation and row.reason is None else None


def _component(name: str) -> Callable[[Evaluation], float | None]:
    return lambda evaluation: evaluation.components.get(name, 0.0)


def _known(rows: Iterable[Row], value: Callable[[Evaluation], float | None]) -> list[float]:
    """The values of the rows with a reward that have one."""
    found = (value(row.evaluation) for row in rows if row.evaluation and row.reason is None)
    return [one for one in found if one is not None]


def _finding(evaluation: Evaluation) -> str | None:
    """The first error found, or the first finding."""
    found = [finding for report in evaluation.reports for finding in report.findings]
    worst = next((finding for finding in found if finding.severity is Severity.ERROR), found[0] if found else None)
    return f"{worst.rule}: {worst.message}"[:300] if worst else None


def _screenshot(evaluation: Evaluation, url: str) -> str | None:
    """Address of the first screenshot."""
    for report in evaluation.reports:
        pictures = [name for name, artifact in report.artifacts.items() if artifact.media_type == "image/png"]
        if pictures:
            return f"{url.rstrip('/')}/v1/evaluations/{evaluation.id}/artifacts/{sorted(pictures, key=_home_first)[0]}"
    return None


def _home_first(name: str) -> tuple[bool, str]:
    return (not name.startswith("home"), name)
