"""``rejudge``: the stored screenshots of a run judged anew. Originals stay as they are."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from enum import StrEnum
from statistics import fmean
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from reward_api.cli.judge_options import (
    AsJson,
    AtOnce,
    Deadline,
    Model,
    Name,
    OwnJudge,
    Prompt,
    Samples,
    Where,
    judging_service,
)
from reward_api.cli.judging import Outcome, Task, Wish, judge_all, progress_bar, why_not
from reward_api.cli.options import ApiKey, DataDir, JudgeModel, JudgeUrl, Url
from reward_api.cli.terminal import plain, results, tell
from services.contract import Evaluation

UNJUDGED_STATUS = 3


class Only(StrEnum):
    SCORED = "scored"
    UNSCORED = "unscored"


def rejudge(
    run: Annotated[str, typer.Option("--run", help="Run whose screenshots are judged anew.")],
    data_dir: DataDir,
    url: Url = None,
    api_key: ApiKey = None,
    step: Annotated[int | None, typer.Option(min=0, help="Of this step alone.")] = None,
    only: Annotated[Only | None, typer.Option(help="Only what has a reward, or only what has none.")] = None,
    model: Model = None,
    prompt: Prompt = None,
    samples: Samples = None,
    name: Name = "rejudge",
    at_once: AtOnce = 8,
    deadline: Deadline = 3_600.0,
    as_json: AsJson = False,
    judge: OwnJudge = None,
    judge_url: JudgeUrl = None,
    judge_model: JudgeModel = None,
) -> None:
    """Judge a run's stored screenshots anew: new evaluations, derived from the old ones, which never change.

    Without --url a stack is started over --data-dir for the call. The same command again judges nothing twice and
    goes on with what has no verdict. Exit status 3: something has none.
    """
    where = Where(url, api_key, data_dir, judge, judge_url, judge_model)
    wish = Wish(model, prompt, samples)
    with judging_service(where, run, model) as (client, source):
        originals, left_out = chosen(source.evaluations(run, step=step), only)
        tasks = [Task(original, wish, name) for original in originals]
        with progress_bar(len(tasks), "judged") as done:
            outcomes = judge_all(client, tasks, at_once=at_once, deadline=deadline, done=done)
    if as_json:
        typer.echo(json.dumps(document(run, wish, outcomes, left_out), indent=2))
    else:
        results().print(as_table(outcomes))
        results().print(summary(outcomes), markup=False)
    tell_left_out(left_out)
    if not all(outcome.judged for outcome in outcomes):
        raise typer.Exit(UNJUDGED_STATUS)


def chosen(evaluations: Iterable[Evaluation], only: Only | None) -> tuple[list[Evaluation], dict[str, int]]:
    """Originals that can be judged anew, and how many others there are, by reason."""
    found, left_out = [], Counter[str]()
    for evaluation in evaluations:
        reason = why_not(evaluation)
        if evaluation.derived_from or (only and evaluation.status.ended and evaluation.status.value != only.value):
            continue
        if reason:
            left_out[reason] += 1
        else:
            found.append(evaluation)
    return found, dict(sorted(left_out.items()))


def tell_left_out(left_out: dict[str, int]) -> None:
    if left_out:
        tell("Left out: " + ", ".join(f"{number} ({reason})" for reason, number in left_out.items()))


def appearance(evaluation: Evaluation | None) -> float | None:
    return None if evaluation is None else evaluation.components.get("appearance")


def changes(outcomes: Sequence[Outcome]) -> list[tuple[float, float]]:
    """Old and new appearance of what has both."""
    both = ((appearance(outcome.task.original), appearance(outcome.derived)) for outcome in outcomes if outcome.judged)
    return [(old, new) for old, new in both if old is not None and new is not None]


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line: how many have a new verdict, by whom, and how appearance changed."""
    judges = sorted(
        {f"{o.derived.judge.kind} ({o.derived.judge.model})" for o in outcomes if o.derived and o.derived.judge}
    )
    line = f"{sum(outcome.judged for outcome in outcomes)} of {len(outcomes)} judged anew"
    line += f" by {', '.join(judges)}" if judges else ""
    both = changes(outcomes)
    if both:
        old, new = fmean(old for old, _ in both), fmean(new for _, new in both)
        line += f"; mean appearance {old:.3f} -> {new:.3f} over {len(both)}"
    return line


def judges_of(evaluations: Iterable[Evaluation | None]) -> list[str]:
    """Who gave the verdicts: kind and model."""
    found = (evaluation.judge for evaluation in evaluations if evaluation)
    return sorted({f"{judge.kind} ({judge.model})" for judge in found if judge})


def as_table(outcomes: Sequence[Outcome]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("rollout", "step", "group"):
        table.add_column(heading, overflow="fold")
    for heading in ("appearance", "anew", "change", "reward", "anew"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("judge", overflow="fold")
    for outcome in outcomes:
        table.add_row(*(Text(plain(cell)) for cell in _cells(outcome)))
    return table


def _cells(outcome: Outcome) -> list[str]:
    old, new = outcome.task.original, outcome.derived if outcome.judged else None
    before, after = appearance(old), appearance(new)
    change = f"{after - before:+.3f}" if before is not None and after is not None else ""
    judge = f"{new.judge.model} x {new.judge.samples}" if new and new.judge else outcome.problem or ""
    place = ["" if old.step is None else str(old.step), old.group or ""]
    numbers = [_number(before), _number(after), change, _number(old.reward), _number(new.reward if new else None)]
    return [old.rollout_id, *place, *numbers, judge]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def document(run: str, wish: Wish, outcomes: Sequence[Outcome], left_out: dict[str, int]) -> dict[str, Any]:
    """Everything as JSON: what was asked, and old and new side by side."""
    return {
        "run": run,
        "asked": {key: value for key, value in asdict(wish).items() if value is not None},
        "evaluations": [_entry(outcome) for outcome in outcomes],
        "left_out": left_out,
    }


def _entry(outcome: Outcome) -> dict[str, Any]:
    old, new = outcome.task.original, outcome.derived
    return {
        "evaluation": old.id,
        "rollout_id": old.rollout_id,
        "step": old.step,
        "group": old.group,
        "old": _side(old),
        "new": _side(new) if new else None,
        "problem": outcome.problem,
    }


def _side(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "evaluation": evaluation.id,
        "status": evaluation.status.value,
        "appearance": appearance(evaluation),
        "reward": evaluation.reward,
        "judge": evaluation.judge.model_dump(mode="json") if evaluation.judge else None,
        "judge_version": evaluation.versions.get("judge"),
    }
