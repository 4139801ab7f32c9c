"""The sandbox by bubblewrap: namespaces from the kernel, limits from a supervisor that samples and kills."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager

from services.sandbox.cage import Cage
from services.sandbox.check import problems
from services.sandbox.command import System, open_argv, run_argv, writable_folders
from services.sandbox.intake import refuse_unplaceable, stored_bytes
from services.sandbox.launch import Launch
from services.sandbox.protocol import LimitName, Outcome, SandboxJob, Session, Wrapped
from services.sandbox.readback import ReadBack, read_back
from services.sandbox.session import seated
from services.sandbox.supervise import MECHANISM, Output, Supervisor, watch
from services.sandbox.system import this_system
from services.sandbox.usage import Meter
from services.sandbox.wrapper import wrapped
from services.settings import SandboxSettings
from services.telemetry.work import limit_met

_KILLED = 137


class Bubblewrap:
    """Bubblewrap under a sampling supervisor. Root starts it as a user that owns nothing."""

    name = "bubblewrap"

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings

    def run(self, job: SandboxJob) -> Outcome:
        refuse_unplaceable(job)
        if stored_bytes(job) > job.limits.disk_bytes:
            return Outcome(_KILLED, "disk", MECHANISM, b"", b"", {}, (), 0.0, 0.0, 0)
        system = self._system()
        with Launch(run_argv(system, job), job.files, system.filter) as launch:
            cage = launch.take_hold(writable_folders(job))
            with closing(cage):
                return _run_to_end(launch, cage, job)

    @contextmanager
    def open(self, job: SandboxJob) -> Iterator[Session]:
        system = self._system()
        with Launch(open_argv(system, job), None, system.filter) as launch:
            cage = launch.take_hold(writable_folders(job))
            with closing(cage), seated(launch, cage) as session:
                yield session

    def wrap(self, job: SandboxJob) -> AbstractContextManager[Wrapped]:
        return wrapped(self._system(), job, self._settings.scratch)

    def self_check(self) -> list[str]:
        return problems(self.run)

    def _system(self) -> System:
        return this_system(self._settings.user if os.geteuid() == 0 else None)


def _run_to_end(launch: Launch, cage: Cage, job: SandboxJob) -> Outcome:
    supervisor = Supervisor(cage, job.limits, Meter(cage.proc, cage.folders))
    try:
        launch.go()
        output = watch(supervisor, cage, (launch.stdout, launch.stderr), job.limits.output_bytes)
    finally:
        cage.kill()
        cage.wait_dead()
    supervisor.close()
    launch.wait()
    return _outcome(launch, supervisor, output, _results(cage, job))


def _results(cage: Cage, job: SandboxJob) -> ReadBack:
    if job.read_back is None:
        return ReadBack()
    return read_back(cage.folders[0], job.read_back, max_files=job.limits.files, max_bytes=job.limits.disk_bytes)


def _outcome(launch: Launch, supervisor: Supervisor, output: Output, results: ReadBack) -> Outcome:
    exit_code = None if supervisor.limit_hit else launch.exit_code()
    limit_hit: LimitName | None = supervisor.limit_hit or ("disk" if results.overflow else None)
    limit_met(limit_hit, MECHANISM)
    return Outcome(
        exit_code=_KILLED if exit_code is None else exit_code,
        limit_hit=limit_hit,
        mechanism=MECHANISM,
        stdout=output.of(launch.stdout),
        stderr=output.of(launch.stderr),
        files=results.files,
        refused=tuple(results.refused),
        wall_seconds=supervisor.wall_seconds,
        cpu_seconds=supervisor.cpu_seconds,
        peak_memory_bytes=supervisor.peak_memory_bytes,
    )
