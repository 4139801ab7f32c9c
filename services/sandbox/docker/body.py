"""The sandbox by a container engine: one container a job, from a few that wait ready."""

from __future__ import annotations

import contextlib
import os
import platform
import pwd
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from weakref import finalize

from services.errors import SandboxError
from services.sandbox.docker.check import problems
from services.sandbox.docker.engine import DEFAULT_ADDRESS, Engine
from services.sandbox.docker.held import Held, hold
from services.sandbox.docker.owner import is_left, own_mark
from services.sandbox.docker.pool import Pool
from services.sandbox.docker.profile import browser_profile
from services.sandbox.docker.running import MECHANISM, Running
from services.sandbox.docker.seated import Seated
from services.sandbox.docker.shape import LABEL, Shape, shape_of
from services.sandbox.docker.wrapper import wrapped
from services.sandbox.intake import refuse_unplaceable, stored_bytes
from services.sandbox.protocol import KILLED, Outcome, SandboxJob, Session, Wrapped
from services.sandbox.system import this_system
from services.settings import SandboxSettings

SESSION_TASKS = 2_048
"""Tasks that the kernel allows a session, whose own limits come with each request."""


class Docker:
    """Containers of an engine on this machine. Connects at first use, in every process for itself."""

    name = "docker"

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._pid = 0
        self._pool: Pool | None = None
        self._release: Callable[[], object] | None = None

    def run(self, job: SandboxJob) -> Outcome:
        refuse_unplaceable(job)
        if stored_bytes(job) > job.limits.disk_bytes:
            return Outcome(KILLED, "disk", MECHANISM, b"", b"", {}, (), 0.0, 0.0, 0)
        with self._container(shape_of(job)) as held:
            return Running(held, job).to_end()

    @contextmanager
    def open(self, job: SandboxJob) -> Iterator[Session]:
        shape = shape_of(job)
        with self._container(replace(shape, tasks=max(shape.tasks, SESSION_TASKS))) as held:
            try:
                yield Seated(held, job)
            finally:
                held.end()

    def wrap(self, job: SandboxJob) -> AbstractContextManager[Wrapped]:
        shape = replace(shape_of(job), profile=browser_profile(platform.machine()))
        return wrapped(lambda: self._container(shape), job, self._settings.scratch)

    def self_check(self) -> list[str]:
        user = pwd.getpwuid(os.geteuid()).pw_name
        with closing(Docker(self._settings.model_copy(update={"ready": 0}))) as fresh:
            return problems(fresh.run, engine_address(self._settings), user)

    def close(self) -> None:
        """Remove every container that waits. What comes later begins anew."""
        with self._lock:
            release, self._release, self._pool = self._release, None, None
        if release:
            release()

    @contextmanager
    def _container(self, shape: Shape) -> Iterator[Held]:
        """A container for one job; it is removed afterwards, whatever became of it."""
        pool = self._connected()
        held = pool.take(shape)
        try:
            yield held
        finally:
            pool.discard(held)

    def _connected(self) -> Pool:
        with self._lock:
            if self._pool is not None and self._pid != os.getpid():
                self._pool.forget()
                self._pool = None
            if self._pool is None:
                engine, self._pool = self._connect()
                self._pid = os.getpid()
                self._release = finalize(self, _release, self._pool, engine, self._pid)
            return self._pool

    def _connect(self) -> tuple[Engine, Pool]:
        engine = Engine(engine_address(self._settings))
        system, labels = this_system(None), {LABEL: own_mark()}
        runtime = self._settings.runtime

        def make(shape: Shape) -> Held:
            return hold(engine, shape, system, labels, runtime)

        return engine, Pool(make, self._settings.ready)


def _release(pool: Pool, engine: Engine, pid: int) -> None:
    """Also at the end of the process, and of the sandbox's last use; a forked process leaves its parent's alone."""
    if pid == os.getpid():
        pool.close()
        engine.close()


def engine_address(settings: SandboxSettings) -> str:
    """As set; else as the engine's own programs find it."""
    return settings.engine or os.environ.get("DOCKER_HOST") or DEFAULT_ADDRESS


def end_left(settings: SandboxSettings) -> int:
    """Remove the containers that killed workers of this machine left; how many. None where no engine answers."""
    with contextlib.suppress(SandboxError), contextlib.closing(Engine(engine_address(settings))) as engine:
        left = [name for name, mark in engine.owners().items() if is_left(mark)]
        for name in left:
            engine.remove(name)
        return len(left)
    return 0
