"""``score``: rollouts from a file through the service, and a table of what came out."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reward_api.cli import options
from reward_api.cli.intake import Entry, IntakeError, read_rollouts
from reward_api.cli.options import ApiKey, DataDir, Judge, JudgeKind, JudgeModel, JudgeUrl, Url, Workers
from reward_api.cli.service import INTERRUPTED_STATUS, embedded, service
from reward_api.cli.table import as_table, ended, rows, stage_line, summary
from reward_api.cli.terminal import notes, results, tell
from services.contract import Evaluation, Rollout
from trainer_client import ClientError, InvalidRollout, RewardClient, Scores
from trainer_client.prepare import checked

UNSCORED_STATUS = 3


def score(
    source: Annotated[Path, typer.Argument(help="JSON lines, one rollout each; or a folder of rollout folders.")],
    data_dir: DataDir,
    url: Url = None,
    api_key: ApiKey = None,
    run: Annotated[str | None, typer.Option(help="Name of the run; a new one where left out.")] = None,
    profile: Annotated[str | None, typer.Option(help="Reward profile.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for screenshots and evaluations.", file_okay=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    deadline: Annotated[float, typer.Option(min=1, help="Seconds to wait in all.")] = 900.0,
    judge: Judge = JudgeKind.HEURISTIC,
    judge_url: JudgeUrl = None,
    judge_model: JudgeModel = None,
    build_workers: Workers = None,
    render_workers: Workers = None,
) -> None:
    """Score rollouts. Without --url the whole service is brought up for the call.

    Exit status 3: at least one rollout has no reward.
    """
    rollouts = read(source)
    environment = {} if url else options.judge_environment(judge, judge_url, judge_model)
    stack = None if url else embedded(data_dir, judge, environment, build_workers, render_workers)
    try:
        with (
            service(stack, url) as address,
            RewardClient(address, api_key) as client,
        ):
            client.ping()
            scores = _score(client, rollouts, run or new_run(), profile, deadline)
            saved = save(client, scores, out) if out else 0
    except KeyboardInterrupt:
        tell("Stopped.")
        raise typer.Exit(INTERRUPTED_STATUS) from None
    _show(scores, as_json=as_json)
    if out:
        tell(f"{saved} screenshots in {out}")
    if any(reward is None for reward in scores.rewards):
        raise typer.Exit(UNSCORED_STATUS)


def new_run() -> str:
    """A name that no other run has."""
    return f"score-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def read(source: Path) -> list[Rollout]:
    """Every rollout of the source, checked before anything is started.

    Raises:
        typer.BadParameter: it cannot be read; the message names the line or folder.
    """
    try:
        return [_checked(index, entry) for index, entry in enumerate(read_rollouts(source))]
    except IntakeError as error:
        raise typer.BadParameter(str(error), param_hint="SOURCE") from error


def _checked(index: int, entry: Entry) -> Rollout:
    try:
        return checked(index, entry.rollout)
    except InvalidRollout as error:
        raise IntakeError(f"{entry.where}: {error.detail}") from error


def _score(client: RewardClient, rollouts: Sequence[Rollout], run: str, profile: str | None, deadline: float) -> Scores:
    with _display(len(rollouts)) as (display, task):

        def advance(evaluations: Sequence[Evaluation | None]) -> None:
            display.update(task, completed=ended(evaluations), stages=stage_line(evaluations))

        return client.score(rollouts, run=run, profile=profile, deadline=deadline, progress=advance)


@contextmanager
def _display(total: int) -> Iterator[tuple[Progress, Any]]:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.fields[stages]}"))
    with Progress(*columns, console=notes()) as display:
        yield display, display.add_task("score", total=total, stages="sending")


def _show(scores: Scores, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(as_document(scores), indent=2))
    else:
        results().print(as_table(rows(scores)))
        results().print(summary(scores), markup=False)
    if scores.fault:
        tell(f"Not everything was answered: {scores.fault}")


def as_document(scores: Scores) -> dict[str, Any]:
    """The same shape as the answer of ``POST /v1/score``, with null for what was never accepted."""
    evaluations = [e.model_dump(mode="json") if e else None for e in scores]
    return {"rewards": scores.rewards, "evaluations": evaluations, "pending": scores.pending}


def save(client: RewardClient, scores: Scores, out: Path) -> int:
    """Write ``out/<rollout>/evaluation.json`` and the screenshots beside it; the number of screenshots."""
    count = 0
    for evaluation in filter(None, scores):
        home = out / evaluation.rollout_id
        home.mkdir(parents=True, exist_ok=True)
        (home / "evaluation.json").write_text(evaluation.model_dump_json(indent=2), "utf-8")
        for name in pictures(evaluation):
            count += _save_one(client, evaluation.id, name, home / name)
    return count


def pictures(evaluation: Evaluation) -> list[str]:
    """Names of the image artifacts that are plain file names."""
    found = (name for r in evaluation.reports for name, a in r.artifacts.items() if a.media_type.startswith("image/"))
    return [name for name in found if name == Path(name).name and not name.startswith(".")]


def _save_one(client: RewardClient, evaluation_id: str, name: str, path: Path) -> bool:
    try:
        path.write_bytes(client.artifact(evaluation_id, name))
    except ClientError as error:
        tell(f"{path.name} was not saved: {error}")
        return False
    return True
