"""Options of the commands that have stored screenshots judged, and the service that they work with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reward_api.cli.options import JudgeKind, judge_environment
from reward_api.cli.service import INTERRUPTED_STATUS, embedded, service
from reward_api.cli.source import Source, open_source
from reward_api.cli.terminal import tell
from trainer_client import RewardClient

MOST_SAMPLES = 16

Model = Annotated[
    str | None, typer.Option("--model", help="Model to ask; the service's own where left out.", show_default=False)
]
Prompt = Annotated[
    str | None,
    typer.Option("--prompt", help="Version of the judge's prompt; the service's own where left out."),
]
Samples = Annotated[
    int | None, typer.Option("--samples", min=1, max=MOST_SAMPLES, help="Verdicts for each; the profile's by default.")
]
Name = Annotated[
    str,
    typer.Option("--name", help="Name of this judging. Under one name nothing is judged twice; a new one asks anew."),
]
AtOnce = Annotated[int, typer.Option("--at-once", min=1, max=256, help="Evaluations under way at a time.")]
Deadline = Annotated[float, typer.Option("--deadline", min=1, help="Seconds to wait in all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
OwnJudge = Annotated[
    JudgeKind | None,
    typer.Option("--judge", help="Without --url: who grades; the kind that judged the run where left out."),
]


@dataclass(frozen=True, slots=True)
class Where:
    """The service: an address with its key, or what a stack over a data folder is started with."""

    url: str | None
    api_key: str | None
    data_dir: Path
    judge: JudgeKind | None = None
    judge_url: str | None = None
    judge_model: str | None = None


@contextmanager
def judging_service(where: Where, run: str, model: str | None) -> Iterator[tuple[RewardClient, Source]]:
    """A client of the service, and its records to read. Ctrl-C ends the command with status 130.

    Without an address a stack is started over the data folder. Whoever starts one is its operator: the model that is
    asked for is one that may be asked.
    """
    stack = None if where.url else embedded(where.data_dir, *_judge(where, run, model))
    try:
        with (
            service(stack, where.url) as address,
            RewardClient(address, where.api_key) as client,
            open_source(address, where.api_key, where.data_dir) as source,
        ):
            client.ping()
            yield client, source
    except KeyboardInterrupt:
        tell("Stopped. The same command goes on from here.")
        raise typer.Exit(INTERRUPTED_STATUS) from None


def _judge(where: Where, run: str, model: str | None) -> tuple[JudgeKind, Mapping[str, str]]:
    kind = where.judge or _kind_of(where, run)
    variables = dict(judge_environment(kind, where.judge_url, where.judge_model or model))
    if kind is JudgeKind.VLM and model:
        variables["WEBGEN_JUDGE__REJUDGE_MODELS"] = json.dumps([model])
    return kind, variables


def _kind_of(where: Where, run: str) -> JudgeKind:
    """The kind that a run is pinned to: the first word of its judge's version.

    Raises:
        NotFound: there is no such run.
    """
    with open_source(None, None, where.data_dir) as source:
        version = source.run(run).versions.get("judge", "")
    kinds = [kind for kind in JudgeKind if version.startswith(kind.value)]
    return kinds[0] if kinds else JudgeKind.HEURISTIC
