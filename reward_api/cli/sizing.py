"""``sizing``: how many workers keep up with how many GPUs, from a run's own measurements."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Annotated, Any

import typer
from rich.table import Table

from reward_api.cli.options import ApiKey, DataDir, Url
from reward_api.cli.source import Source, open_source
from reward_api.cli.terminal import plain, results, tell
from reward_api.sizing import POOLS, Cost, cost, needed, pace, reward_seconds
from services.contract import Evaluation
from services.errors import Unprocessable

TIMES = (1, 2, 4, 8)
"""Multiples of the GPUs that are told."""

WITHOUT_STEPS = 2_000
"""Evaluations to measure of a run that tells no steps."""

ENOUGH = "Jobs at a time, over all workers of a kind. For build and render each is a core; the others wait for others."
TOO_SHORT = "No number of workers helps: measure on machines that are not overloaded, or tell a larger --share."


@dataclass(frozen=True, slots=True)
class Demand:
    """What a step asks for on so many GPUs. ``gpu_seconds``: of a step, beside its rewards."""

    gpus: int
    rollouts: int
    gpu_seconds: float

    def times(self, factor: int) -> Demand:
        """The batch grows with the GPUs, and a step takes them as long as before."""
        return Demand(self.gpus * factor, self.rollouts * factor, self.gpu_seconds)


def sizing(
    run: Annotated[str, typer.Argument(help="Run to measure: the training itself, or one that scored its like.")],
    data_dir: DataDir,
    url: Url = None,
    api_key: ApiKey = None,
    gpus: Annotated[int, typer.Option(min=1, help="GPUs that the training has.")] = 1,
    rollouts: Annotated[int | None, typer.Option(min=1, help="Of a step; the run's own where it trained.")] = None,
    gpu_seconds: Annotated[
        float | None, typer.Option(min=0, help="Of a step beside its rewards; the run's own where it trained.")
    ] = None,
    share: Annotated[float, typer.Option(min=0.01, max=10, help="Rewards may take this share of those seconds.")] = 0.1,
    steps: Annotated[int, typer.Option(min=2, help="Steps to measure, the newest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Say how many jobs at a time each kind of worker needs, so that rewards take a small share of a training step.

    Measured are the seconds of every stage, as they were on the machines that worked on the run, and, where the run
    trained, the seconds from step to step.
    """
    with open_source(url, api_key, data_dir) as source:
        found = _newest(source, run, steps)
    measured = cost(found)
    if measured is None:
        raise Unprocessable(f"run {run} has no evaluation with a reward to measure")
    demand = _demand(run, found, gpus, rollouts, gpu_seconds)
    table = list(_rows(measured, demand, share))
    if as_json:
        typer.echo(json.dumps(_document(measured, demand, share, table), indent=2))
    else:
        _show(run, measured, demand, share, table)


def _newest(source: Source, run: str, count: int) -> list[Evaluation]:
    numbers = [one.step for one in source.steps(run) if one.step is not None][-count:]
    if not numbers:
        return list(islice(source.evaluations(run), WITHOUT_STEPS))
    return [one for number in numbers for one in source.evaluations(run, step=number)]


def _demand(
    run: str, found: Sequence[Evaluation], gpus: int, rollouts: int | None, gpu_seconds: float | None
) -> Demand:
    trained = pace(found)
    if trained is None and (rollouts is None or gpu_seconds is None):
        raise Unprocessable(f"run {run} has no two steps to measure: tell --rollouts and --gpu-seconds of a step")
    return Demand(
        gpus,
        rollouts or (trained.rollouts if trained else 1),
        gpu_seconds if gpu_seconds is not None else trained.gpu_seconds if trained else 0.0,
    )


def _rows(measured: Cost, demand: Demand, share: float) -> Iterator[dict[str, Any]]:
    for one in map(demand.times, TIMES):
        pools = needed(measured, one.rollouts, share * one.gpu_seconds)
        seconds = reward_seconds(measured, one.rollouts, pools) if pools else None
        yield {"gpus": one.gpus, "rollouts": one.rollouts, "at_a_time": pools, "reward_seconds": seconds}


def _document(measured: Cost, demand: Demand, share: float, table: list[dict[str, Any]]) -> dict[str, Any]:
    return {"measured": asdict(measured), "step": asdict(demand), "share": share, "needed": table}


def _show(run: str, measured: Cost, demand: Demand, share: float, rows: list[dict[str, Any]]) -> None:
    each = ", ".join(f"{pool} {seconds:.2f} s" for pool, seconds in measured.seconds.items())
    tell(f"{plain(run)}: {measured.rollouts} rollouts measured. One takes {each};")
    tell(f"95 of 100 take {measured.latency:.1f} s of work or less from end to end.")
    tell(f"A step: {demand.rollouts} rollouts, and {demand.gpu_seconds:.0f} s of the GPUs beside its rewards.")
    table = Table("GPUs", "rollouts", *(f"{pool} jobs" for pool in POOLS), f"rewards (<= {share:.0%})")
    for row in rows:
        table.add_row(str(row["gpus"]), str(row["rollouts"]), *_cells(row))
    results().print(table)
    tell(ENOUGH if rows[0]["at_a_time"] else f"One rollout alone takes longer than {share:.0%} of a step. {TOO_SHORT}")


def _cells(row: dict[str, Any]) -> list[str]:
    pools = row["at_a_time"]
    if pools is None:
        return ["-"] * (len(POOLS) + 1)
    return [*(str(pools[pool]) for pool in POOLS), f"{row['reward_seconds']:.0f} s"]
