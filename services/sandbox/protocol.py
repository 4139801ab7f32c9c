"""The sandbox's interface: one job in, one outcome out. Bodies: `services.sandbox.bubblewrap`.

What every body promises (and `tests/conformance` holds): no network interface but loopback, no environment but
the job's own, a read-only view of the named mounts, one sized writable folder, a user of its own; every limit
enforced and named; all processes dead before anything is read back; only regular files read back, without
following links.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

LimitName = Literal["cpu", "wall", "memory", "processes", "disk", "output"]

KILLED = 128 + 9
"""Exit code of a program that SIGKILL ended."""

WORK_DIR = "/job"
"""The writable folder inside every sandbox, and the working directory of its program."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use.

    Attributes:
        cpu_seconds: user plus system time of all its processes together.
        wall_seconds: several times the CPU limit, so that our own load is not charged to the candidate.
        memory_bytes: resident memory of all its processes together.
        processes: processes alive at one time.
        disk_bytes: size of the writable folder.
        output_bytes: standard output and standard error together.
        files: most files read back; more are the candidate's fault, and named as ``disk``.
    """

    cpu_seconds: float = 30.0
    wall_seconds: float = 120.0
    memory_bytes: int = 1_500_000_000
    processes: int = 128
    disk_bytes: int = 256_000_000
    output_bytes: int = 1_000_000
    files: int = 2_000


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file of the host, seen read-only inside at ``target`` (absolute)."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class SandboxJob:
    """One program to run.

    Attributes:
        argv: the program and its arguments, as seen inside.
        files: relative path -> content, laid into the writable folder before the start.
        mounts: host folders to see read-only; also below the writable folder, which then holds their mount points.
        temporary: folders that get a small writable memory file system; those inside a mount must exist there.
        environment: the whole environment.
        read_back: relative folder inside the writable folder whose regular files are returned.
        limits: what it may use.
    """

    argv: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    temporary: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    read_back: str | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended. A program that failed is an outcome; one that could not be started is a `SandboxError`.

    Attributes:
        exit_code: 0 to 255; a signal is 128 + its number.
        limit_hit: the limit that ended it, or None.
        mechanism: what enforced the limits: ``sampled`` or ``cgroup``.
        stdout, stderr: at most `Limits.output_bytes` together.
        files: relative path -> content of the regular files read back.
        refused: paths not read back because they are links, devices or the like.
        wall_seconds, cpu_seconds, peak_memory_bytes: as used, of all processes together.
    """

    exit_code: int
    limit_hit: LimitName | None
    mechanism: str
    stdout: bytes
    stderr: bytes
    files: dict[str, bytes]
    refused: tuple[str, ...]
    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int

    @property
    def contended(self) -> bool:
        """Perhaps our load ended it and not its own fault: the wall limit without its CPU time being spent, or a
        SIGKILL of nobody's here, as the kernel sends when the machine's memory is short."""
        return self.limit_hit == "wall" or (self.limit_hit is None and self.exit_code == KILLED)


class Watch(Protocol):
    """What a running program uses that another library drives, for example a browser behind Playwright."""

    @property
    def limit_hit(self) -> LimitName | None: ...

    @property
    def cpu_seconds(self) -> float: ...

    @property
    def peak_memory_bytes(self) -> int: ...


class LongWatch(Watch, Protocol):
    """Of a program that may serve several jobs, one after another. Its own figures are those of its whole life.

    Until the first account the limits count from the program's start.
    """

    @property
    def memory_bytes(self) -> int:
        """What the program uses now."""
        ...

    def account(self) -> AbstractContextManager[Watch]:
        """One job's account, from entering to leaving: the limits begin anew, and what ends the program meanwhile is
        named there. Without one, after the first, the program rests: CPU and wall-clock time have no limit, and it is
        looked at once a second.
        """
        ...


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A program file that starts the job's program inside the sandbox, with further arguments and inherited
    descriptors passed through; `watch` reports on it while it runs and after it was ended. Whoever starts it may keep
    files beside the program file: its folder is gone afterwards, or at the next start where this process is killed."""

    executable: Path
    watch: LongWatch


@dataclass(frozen=True, slots=True)
class Answer:
    """How one request to a session ended.

    Attributes:
        reply: what the program answered; None where it ended, broke the framing or met a limit.
        limit_hit: the limit that ended the session during this request, or None.
        mechanism: what enforced the limits.
        stderr: what the program wrote there since the request began, at most `Limits.output_bytes`.
        wall_seconds, cpu_seconds: of this request alone.
        peak_memory_bytes: of the whole sandbox while the request was worked on.
    """

    reply: bytes | None
    limit_hit: LimitName | None
    mechanism: str
    stderr: bytes
    wall_seconds: float
    cpu_seconds: float
    peak_memory_bytes: int

    @property
    def contended(self) -> bool:
        """As `Outcome.contended`: the wall limit, or an end that nobody here brought about."""
        return self.limit_hit == "wall" or (self.limit_hit is None and self.reply is None)


class Session(Protocol):
    """A program that stays in its sandbox and answers one request at a time.

    Requests and replies are frames on its standard input and output: four bytes, big-endian, with the length of what
    follows. Its standard output carries nothing else.
    """

    @property
    def usable(self) -> bool:
        """Whether it can be asked again. Never again after a limit, a broken frame or its end."""
        ...

    def ask(self, request: bytes, limits: Limits) -> Answer:
        """Send one request and wait for its reply.

        Args:
            limits: for this request. CPU and wall seconds count from its beginning; memory, processes and disk are
                the sandbox's whole use; a reply longer than ``disk_bytes`` ends the session as ``output``.

        Raises:
            SandboxError: the session is not usable, or cannot be watched.
        """
        ...


class Sandbox(Protocol):
    """One kind of sandbox."""

    name: str

    def run(self, job: SandboxJob) -> Outcome:
        """Run a program to its end.

        Raises:
            SandboxError: it could not be started or watched; nothing is known of the candidate.
        """
        ...

    def open(self, job: SandboxJob) -> AbstractContextManager[Session]:
        """Start a program that stays; ``files`` and ``read_back`` do not apply, nor does any limit of the job but
        the size of its writable folder: each request brings its own.

        On leaving, every process of it is dead.

        Raises:
            SandboxError: it could not be started.
        """
        ...

    def wrap(self, job: SandboxJob) -> AbstractContextManager[Wrapped]:
        """Prepare a program file for a library that insists on starting the program itself.

        On leaving, every process that it started is dead. ``files`` and ``read_back`` do not apply.
        """
        ...

    def self_check(self) -> list[str]:
        """What is wrong with this sandbox on this machine, each with the command that mends it. Empty: ready."""
        ...
