"""Many rejudgings at once, as far as a queue takes them: what `rejudge` and `noise` have in common.

A rejudging's rollout id follows from what is judged, how, and under which name. So a command that is given again finds
what it did before; only what ended without a verdict is asked for anew.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reward_api.cli.terminal import notes
from services.contract import Evaluation, StageReport, Status
from services.stages import Stage
from trainer_client import ClientError, Conflict, Refused, RewardClient

MOST_TRIES = 20
"""Rejudgings of one site under one name, of which all but the last ended without a verdict."""

LOOK_SECONDS = 5.0
"""A call waits no longer, so that a command can be stopped."""

OUT_OF_TIME = "not judged before the deadline"


@dataclass(frozen=True, slots=True)
class Wish:
    """How to judge; None: as the service does."""

    model: str | None = None
    prompt: str | None = None
    samples: int | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One rejudging. ``name`` and ``repeat`` tell it from others of the same original."""

    original: Evaluation
    wish: Wish
    name: str
    repeat: int = 0

    def rollout_id(self, attempt: int) -> str:
        """The derived evaluation's; the same for the same task, whoever asks."""
        parts = [self.original.id, asdict(self.wish), self.name, self.repeat, attempt]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return f"rejudge-{digest[:32]}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: ``derived`` as last seen, and a ``problem`` where it has no verdict."""

    task: Task
    derived: Evaluation | None
    problem: str | None = None

    @property
    def judged(self) -> bool:
        return self.derived is not None and self.derived.status is Status.SCORED and self.derived.judge is not None


def report_of(evaluation: Evaluation, stage: Stage) -> StageReport | None:
    return next((report for report in evaluation.reports if report.stage is stage), None)


def why_not(evaluation: Evaluation) -> str | None:
    """Why an evaluation's screenshots cannot be judged anew; None where they can."""
    if evaluation.derived_from:
        return "is a rejudging itself"
    if evaluation.status not in (Status.SCORED, Status.UNSCORED):
        return "cancelled" if evaluation.status is Status.CANCELLED else "not ended"
    render = report_of(evaluation, Stage.RENDER)
    if render is None or not any(name.endswith(".png") for name in render.artifacts):
        return "no screenshots"
    return None if evaluation.stage is Stage.JUDGE else "did not get to the judge"


def judge_all(
    client: RewardClient, tasks: Sequence[Task], *, at_once: int, deadline: float, done: Callable[[], None]
) -> list[Outcome]:
    """Do every task, at most so many at a time; outcomes in the order given.

    Args:
        deadline: seconds for all of them; what is late has a problem.
        done: called after each.

    Raises:
        Refused: the service will judge none of them so; the message says why.
    """
    stop, until = threading.Event(), time.monotonic() + deadline

    def work(task: Task) -> Outcome:
        outcome = _judge(client, task, until, stop)
        done()
        return outcome

    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(work, task) for task in tasks]
        try:
            _first_error(futures)
            return [future.result() for future in futures]
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _first_error(futures: Sequence[Future[Outcome]]) -> None:
    ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
    for future in ended:
        future.result()


def _judge(client: RewardClient, task: Task, until: float, stop: threading.Event) -> Outcome:
    """Raises:
    Refused: nothing can be judged so. A conflict is a problem of this one alone.
    """
    derived = None
    if stop.is_set() or time.monotonic() >= until:
        return Outcome(task, None, OUT_OF_TIME)
    try:
        derived = _begun(client, task, until)
        while not derived.status.ended and not stop.is_set() and time.monotonic() < until:
            derived = client.get(derived.id, wait=min(LOOK_SECONDS, max(0.0, until - time.monotonic())))
    except ClientError as error:
        if isinstance(error, Refused) and not isinstance(error, Conflict):
            raise
        return Outcome(task, derived, str(error))
    return Outcome(task, derived, _problem(derived))


def _begun(client: RewardClient, task: Task, until: float) -> Evaluation:
    """The newest try, unless it ended without a verdict before this call: then the one after it."""
    for attempt in range(MOST_TRIES):
        derived = client.rejudge(
            task.original.id,
            rollout_id=task.rollout_id(attempt),
            deadline=max(0.0, until - time.monotonic()),
            **asdict(task.wish),
        )
        if not derived.status.ended or derived.status is Status.SCORED:
            return derived
    return derived


def _problem(derived: Evaluation) -> str | None:
    if derived.status is Status.SCORED:
        return None if derived.judge else "the judge refused these screenshots"
    if derived.status is Status.UNSCORED:
        return derived.unscored_detail or derived.unscored_reason or "unscored"
    return "cancelled" if derived.status is Status.CANCELLED else OUT_OF_TIME


@contextmanager
def progress_bar(total: int, what: str) -> Iterator[Callable[[], None]]:
    """A bar on standard error; call what it gives after each piece of work."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=notes()) as display:
        task = display.add_task(what, total=total)
        yield lambda: display.advance(task)
