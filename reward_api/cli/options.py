"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from reward_api.embedded import default_data_dir


class JudgeKind(StrEnum):
    HEURISTIC = "heuristic"
    VLM = "vlm"
    SCRIPTED = "scripted"


SAYS = {
    JudgeKind.HEURISTIC: "heuristic: a stand-in without a model; for trying things out, not for training",
    JudgeKind.VLM: "vlm",
    JudgeKind.SCRIPTED: "scripted: fixed verdicts for tests",
}

DataDir = Annotated[
    Path, typer.Option("--data-dir", help="Records, blobs and logs.", default_factory=default_data_dir, file_okay=False)
]
Url = Annotated[str | None, typer.Option("--url", envvar="WEBGEN_URL", help="A running service.")]
ApiKey = Annotated[str | None, typer.Option("--api-key", envvar="WEBGEN_API_KEY", help="Bearer key of that service.")]
Judge = Annotated[JudgeKind, typer.Option("--judge", help="Who grades the appearance.")]
JudgeUrl = Annotated[
    str | None,
    typer.Option(
        "--judge-url",
        envvar="WEBGEN_JUDGE__BASE_URL",
        help="OpenAI-compatible server, for --judge vlm; its key comes from WEBGEN_JUDGE__API_KEY or OPENAI_API_KEY.",
        show_default="OpenAI",
    ),
]
JudgeModel = Annotated[
    str | None, typer.Option("--judge-model", envvar="WEBGEN_JUDGE__MODEL", help="Model name, for --judge vlm.")
]
Workers = Annotated[int | None, typer.Option(min=1, max=64, help="Jobs of this kind at a time.")]


def judge_environment(kind: JudgeKind, url: str | None, model: str | None) -> Mapping[str, str]:
    """Settings of the judge process.

    Raises:
        typer.BadParameter: a VLM without a model, or with one that may be another model tomorrow.
    """
    if kind is JudgeKind.VLM and not model:
        raise typer.BadParameter("--judge vlm needs --judge-model NAME (or WEBGEN_JUDGE__MODEL)")
    if kind is JudgeKind.VLM:
        _check_models(url, model)
    given = {"WEBGEN_JUDGE__BASE_URL": url, "WEBGEN_JUDGE__MODEL": model}
    return {name: value for name, value in given.items() if value}


def _check_models(url: str | None, model: str | None) -> None:
    """What the judge process would refuse at its start is said here, before anything is started. Settings are the
    service's: a machine that only reads over HTTP need not have them."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from services.errors import JudgeError
    from services.judge.models import chosen
    from services.settings import JudgeSettings

    try:
        judge = JudgeSettings().judge
        chosen(model, judge.panel, url, allow_aliases=judge.allow_aliases)
    except (JudgeError, ValidationError, SettingsError) as error:
        raise typer.BadParameter(str(error)) from error
