"""``up``: the whole service as one foreground command."""

from __future__ import annotations

from typing import Annotated

import typer

from reward_api.cli import options
from reward_api.cli.options import DataDir, Judge, JudgeKind, JudgeModel, JudgeUrl, Workers
from reward_api.cli.terminal import interruptible, tell
from reward_api.embedded import EmbeddedStack


def up(
    data_dir: DataDir,
    host: Annotated[str, typer.Option(help="Address to listen on. Any but loopback requires API keys.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0 picks a free one.")] = 8080,
    judge: Judge = JudgeKind.HEURISTIC,
    judge_url: JudgeUrl = None,
    judge_model: JudgeModel = None,
    build_workers: Workers = None,
    render_workers: Workers = None,
    auth: Annotated[
        bool | None,
        typer.Option(
            "--auth/--no-auth", envvar="WEBGEN_AUTH", help="API keys. [default: not on loopback, else required]"
        ),
    ] = None,
) -> None:
    """Run the whole service on this machine until Ctrl-C."""
    stack = EmbeddedStack(
        data_dir,
        host=host,
        port=port,
        judge=judge.value,
        auth=auth,
        build_workers=build_workers,
        render_workers=render_workers,
        environment=options.judge_environment(judge, judge_url, judge_model),
        report=tell,
    )
    try:
        with interruptible(stack.hurry):
            _serve(stack, judge)
    except KeyboardInterrupt:
        tell("Stopped.")


def _serve(stack: EmbeddedStack, judge: JudgeKind) -> None:
    tell(f"Starting on {stack.data_dir} …")
    with stack:
        for line in greeting(stack, judge):
            tell(line)
        try:
            stack.wait()
        except KeyboardInterrupt:
            tell("Stopping … (once more to stop at once)")
            raise


def greeting(stack: EmbeddedStack, judge: JudgeKind) -> list[str]:
    """Where everything is."""
    access = (
        f"API keys are required; make one: webgen-reward keys create NAME --data-dir {stack.data_dir}"
        if stack.auth
        else "no API key is needed on loopback"
    )
    return [
        f"API    {stack.url} ({access})",
        f"Judge  {options.SAYS[judge]}",
        f"Logs   {stack.logs}",
        "Ready. Ctrl-C stops everything.",
    ]
