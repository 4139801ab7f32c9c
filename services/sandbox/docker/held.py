"""One container that a worker holds: ready for a job, with it, or ended."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping

from services.errors import SandboxError
from services.sandbox.command import System
from services.sandbox.docker.engine import Engine
from services.sandbox.docker.keeper import END_SIGNAL, LOOK_SIGNAL, READY, SLACK_BYTES, keeper_argv
from services.sandbox.docker.link import Link
from services.sandbox.docker.meter import GroupMeter, group_of
from services.sandbox.docker.shape import SLACK_MEMORY_BYTES, Shape, container

LOOK_SECONDS = 0.5
START_SECONDS = 60.0
END_SECONDS = 20.0
"""For a keeper to end its job, and for its results to be read."""


class Held:
    """A started container whose keeper waits for a job."""

    def __init__(self, engine: Engine, shape: Shape, name: str, link: Link, meter: GroupMeter) -> None:
        self._engine = engine
        self._next_look = 0.0
        self.shape = shape
        self.name = name
        self.link = link
        self.meter = meter

    def kill(self) -> None:
        """Have the keeper end the job."""
        self._engine.signal(self.name, END_SIGNAL)

    def look(self) -> None:
        """Have the keeper look at the disk, where it may be full and was not looked at just now."""
        now = time.monotonic()
        if self.meter.shared_bytes > self.shape.disk_bytes - SLACK_BYTES and now > self._next_look:
            self._next_look = now + LOOK_SECONDS
            self._engine.signal(self.name, LOOK_SIGNAL)

    def allow_memory(self, limit: int) -> None:
        """The kernel's limit, for a job whose own is this."""
        hard = limit + SLACK_MEMORY_BYTES
        if hard != self.meter.hard_bytes:
            self._engine.allow_memory(self.name, hard)
            self.meter.hard_bytes = hard

    def out_of_memory(self) -> bool:
        return self._engine.out_of_memory(self.name)

    def end(self) -> None:
        """End a program that stays, with everything it started; all is dead afterwards."""
        deadline = time.monotonic() + END_SECONDS
        if not self.link.ended:
            self.kill()
        while not self.link.ended and time.monotonic() < deadline:
            self.link.move(deadline - time.monotonic())
        if not self.link.ended:
            self.remove()

    def remove(self) -> None:
        """All its processes are dead afterwards, and nothing is left of it."""
        self.link.close()
        self._engine.remove(self.name)


def hold(engine: Engine, shape: Shape, system: System, labels: Mapping[str, str], runtime: str | None) -> Held:
    """Make and start a container of this shape.

    Raises:
        SandboxError: that was not possible.
    """
    argv = keeper_argv(platform.machine(), None if shape.profile else system.filter)
    name = engine.create(container(shape, system, engine.image(system), argv, labels, runtime))
    try:
        link = Link(engine.attach(name))
        try:
            pid = engine.start(name)
            _await_keeper(link)
            if shape.nested:
                engine.run_as_root(name, ["/usr/bin/chmod", "0777", *shape.nested])
            meter = GroupMeter(group_of(pid), shape.memory_bytes + SLACK_MEMORY_BYTES)
            return Held(engine, shape, name, link, meter)
        except SandboxError:
            link.close()
            raise
    except SandboxError:
        engine.remove(name)
        raise


def _await_keeper(link: Link) -> None:
    deadline = time.monotonic() + START_SECONDS
    said = b""
    while said != READY:
        said += b"".join(piece for _, piece in link.move(deadline - time.monotonic()))
        if link.ended or time.monotonic() > deadline:
            raise SandboxError(f"a container's first process did not begin: {said.decode(errors='replace')[-300:]}")
