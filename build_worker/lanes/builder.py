"""One warm builder: a process that stays in its sandbox, replaced when it ends, has grown old or large."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from build_worker.lanes.protocol import ENVIRONMENT
from build_worker.node import Node
from services.sandbox import Answer, Limits, Mount, Sandbox, SandboxJob, Session

SETS = "/sets"
_TOOLCHAIN = "/opt/toolchain"
_SERVER = f"{_TOOLCHAIN}/builder/server.mjs"
_HEAP_MEGABYTES = 1_024


@dataclass(frozen=True, slots=True)
class Recycling:
    """When a builder is replaced, between two jobs.

    Attributes:
        builds: after so many.
        memory_bytes: once it used more than this during a build.
    """

    builds: int = 400
    memory_bytes: int = 700_000_000


class Builder:
    """Started when it is first asked; not to be asked by two threads at a time."""

    def __init__(self, sandbox: Sandbox, job: SandboxJob, recycling: Recycling) -> None:
        self._sandbox = sandbox
        self._job = job
        self._recycling = recycling
        self._stack = ExitStack()
        self._session: Session | None = None
        self._builds = 0

    def ask(self, request: bytes, limits: Limits) -> Answer:
        """One request under its own limits.

        Raises:
            SandboxError: no builder can be started.
        """
        if self._session is None or not self._session.usable:
            self._replace()
        assert self._session is not None  # noqa: S101  (said to the type checker: `_replace` sets it)
        answer = self._session.ask(request, limits)
        self._builds += 1
        if answer.reply is None or self._is_spent(answer):
            # The next one starts at once, so that it is warm before it is asked.
            self._replace()
        return answer

    def close(self) -> None:
        """End the builder; a later request starts another."""
        self._session = None
        self._stack.close()

    def _replace(self) -> None:
        self.close()
        self._session = self._stack.enter_context(self._sandbox.open(self._job))
        self._builds = 0

    def _is_spent(self, answer: Answer) -> bool:
        too_large = answer.peak_memory_bytes > self._recycling.memory_bytes
        return too_large or self._builds >= self._recycling.builds


def builder_job(node: Node, toolchain: Path, sets: Path, limits: Limits) -> SandboxJob:
    """The program of a warm builder: our own server, over our own toolchain, beside every dependency set."""
    return SandboxJob(
        argv=(node.inside, f"--max-old-space-size={_HEAP_MEGABYTES}", _SERVER),
        mounts=(Mount(toolchain, _TOOLCHAIN), Mount(sets, SETS), *node.mounts),
        environment=ENVIRONMENT,
        limits=limits,
    )
