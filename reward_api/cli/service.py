"""The service that a command works with: a running one, or a whole stack that lives as long as the command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reward_api.cli.options import SAYS, JudgeKind
from reward_api.cli.terminal import interruptible, tell
from reward_api.embedded import EmbeddedStack

INTERRUPTED_STATUS = 130


def embedded(
    data_dir: Path,
    judge: JudgeKind,
    environment: Mapping[str, str],
    build_workers: int | None = None,
    render_workers: int | None = None,
) -> EmbeddedStack:
    """A stack over a data folder, not started; `service` starts it."""
    return EmbeddedStack(
        data_dir,
        judge=judge.value,
        build_workers=build_workers,
        render_workers=render_workers,
        environment=environment,
        report=tell,
    )


@contextmanager
def service(stack: EmbeddedStack | None, url: str | None) -> Iterator[str]:
    """The address to call: the one given, or that of a stack which lives as long as the block.

    The first signal to stop raises KeyboardInterrupt in the block; a further one ends the stack at once.
    """
    with interruptible(stack.hurry if stack else _nothing):
        if stack is None:
            yield url or ""
            return
        tell(f"Starting the service on {stack.data_dir} with judge {SAYS[JudgeKind(stack.judge)]} …")
        with stack:
            yield stack.url


def _nothing() -> None:
    """A further Ctrl-C changes nothing where there is no stack to stop."""
