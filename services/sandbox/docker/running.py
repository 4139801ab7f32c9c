"""One job in one container, from its request to its outcome."""

from __future__ import annotations

import secrets
import time

from services.errors import SandboxError
from services.sandbox.docker.held import END_SECONDS, Held
from services.sandbox.docker.keeper import request
from services.sandbox.docker.results import Marked, Results
from services.sandbox.launch import archive
from services.sandbox.protocol import KILLED, LimitName, Outcome, SandboxJob
from services.sandbox.supervise import SAMPLE_SECONDS, Supervisor
from services.telemetry.work import limit_met

MECHANISM = "cgroup"

_STDOUT, _STDERR = 1, 2


class Running:
    """A job that a keeper was given."""

    def __init__(self, held: Held, job: SandboxJob) -> None:
        self._held = held
        self._job = job
        mark = secrets.token_hex(16)
        limits = job.limits
        held.link.put(request(job, mark, archive(job.files) if job.files else b""))
        self._stdout = Marked(mark.encode(), limits.output_bytes)
        self._stderr = Marked(mark.encode(), limits.output_bytes)
        self._results = Results(mark.encode(), job.read_back, limits.files, limits.disk_bytes)
        self._supervisor = Supervisor(held, limits, held.meter)

    def to_end(self) -> Outcome:
        """Watch it until its results are in, or nothing more comes.

        Raises:
            SandboxError: its files could not be laid out, or the engine did not answer.
        """
        self._watch()
        wall_seconds = self._supervisor.wall_seconds
        self._read_results()
        for stream in (self._stdout, self._stderr):
            stream.end()
        sound = self._all_dead()
        starved = self._held.meter.killed or (not sound and self._held.out_of_memory())
        if not sound:
            self._held.remove()
        return self._outcome(wall_seconds, sound=sound, starved=starved)

    def _watch(self) -> None:
        """Until both streams bear the mark; for so long only where a limit has ended the job."""
        next_sample, deadline = 0.0, float("inf")
        while not (self._stdout.found and self._stderr.found) and not self._held.link.ended:
            now = time.monotonic()
            if now >= deadline:
                return
            self._move(min(next_sample, deadline) - now)
            if now >= next_sample:
                self._sample()
                next_sample = now + SAMPLE_SECONDS
            if self._supervisor.limit_hit or self._stderr.found:
                deadline = min(deadline, now + END_SECONDS)

    def _sample(self) -> None:
        if self._supervisor.limit_hit is None and not self._stderr.found:
            self._supervisor.sample()
            self._held.look()

    def _read_results(self) -> None:
        deadline = time.monotonic() + END_SECONDS
        self._results.read(self._stderr.after)
        while not self._results.done and not self._held.link.ended and time.monotonic() < deadline:
            self._move(SAMPLE_SECONDS)
            self._results.read(self._stderr.after)

    def _move(self, seconds: float) -> None:
        for stream, piece in self._held.link.move(seconds):
            (self._stdout if stream == _STDOUT else self._stderr).take(piece)
        is_over = self._stdout.count + self._stderr.count > self._job.limits.output_bytes
        if is_over and self._supervisor.limit_hit is None:
            self._supervisor.end("output")

    def _all_dead(self) -> bool:
        """Whether nothing but the keeper lives, by the kernel's word. Its last helpers are ours."""
        if not self._results.done or self._results.broken:
            return False
        return self._results.found.overflow or self._held.meter.read().processes == 0

    def _limit(self, *, starved: bool) -> LimitName | None:
        """A full disk is named before what it leads to."""
        limit = self._supervisor.limit_hit
        if self._results.disk_full and limit not in ("processes", "output"):
            return "disk"
        if limit is None and starved:
            return "memory"
        return limit or ("disk" if self._results.found.overflow else None)

    def _outcome(self, wall_seconds: float, *, sound: bool, starved: bool) -> Outcome:
        limit = self._limit(starved=starved)
        limit_met(limit, MECHANISM)
        if limit is None and not self._results.files_in:
            raise SandboxError("a job's files could not be laid out")
        code = self._results.exit_code if sound and limit is None else None
        room = self._job.limits.output_bytes
        stdout = bytes(self._stdout.before[:room])
        return Outcome(
            exit_code=KILLED if code is None else code,
            limit_hit=limit,
            mechanism=MECHANISM,
            stdout=stdout,
            stderr=bytes(self._stderr.before[: room - len(stdout)]),
            files=self._results.found.files if sound else {},
            refused=tuple(self._results.found.refused),
            wall_seconds=wall_seconds,
            cpu_seconds=self._supervisor.cpu_seconds,
            peak_memory_bytes=self._supervisor.peak_memory_bytes,
        )
