"""The command line of one bubblewrap sandbox. Pure: a job and a view of the machine in, an argument vector out.

Order of the programs: ``setpriv`` (a user of its own, where the worker is root), ``bwrap``, then inside the
sandbox a shell that waits for the supervisor, ``prlimit`` and ``env``, which becomes the job's program.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from services.sandbox.protocol import WORK_DIR, Limits, SandboxJob

INNER_USER = "1000"
PASSWD = f"candidate:x:{INNER_USER}:{INNER_USER}::/tmp:/bin/sh\n"
PASSWD_FD, FILTER_FD, GO_FD, READY_FD, STATUS_FD = 5, 6, 7, 8, 9
"""Descriptors between supervisor and sandbox, closed before the program starts. Single digits, because POSIX
shells redirect no others; 3 and 4 are left to the caller of a wrapped program."""

THREADS_PER_PROCESS = 8
SMALL_TMPFS_BYTES = 64_000_000
OPEN_FILES = 2_048
HOSTNAME = "webgen-sandbox"

_UNPACK = f"tar -xf - -C {WORK_DIR} --no-same-owner || exit 1; exec </dev/null; "
_START = (
    "echo 1000 2>/dev/null >/proc/self/oom_score_adj; "
    f'echo "$1" >&{READY_FD}; shift; read -r _ <&{GO_FD} || exit 1; '
    f'exec {PASSWD_FD}<&- {GO_FD}<&- {READY_FD}>&- {STATUS_FD}>&-; exec "$@"'
)


@dataclass(frozen=True, slots=True)
class System:
    """What every sandbox sees of the machine.

    Attributes:
        folders: absolute paths, bound read-only at the same place.
        links: (target, path) of symbolic links, for example ``("usr/bin", "/bin")``.
        user: user id to change to before bubblewrap starts; None where the worker is not root.
        filter: the seccomp filter of jobs; None where there is none for this machine.
        counts_by_namespace: RLIMIT_NPROC set in a user namespace counts that namespace alone (Linux 5.14 and later);
            before, it counts every process of the user, and is not set.
    """

    folders: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    user: int | None
    filter: bytes | None = None
    counts_by_namespace: bool = True


def thread_limit(limits: Limits) -> int:
    return THREADS_PER_PROCESS * limits.processes


def cpu_backstop(limits: Limits) -> int:
    """RLIMIT_CPU in seconds, should nobody sample. Far above the limit itself: the kernel holds whole clock ticks
    against it, which on a busy machine run ahead of the time that a process had, and its SIGKILL names no limit."""
    return 2 * int(limits.cpu_seconds) + 5


def writable_folders(job: SandboxJob) -> tuple[str, ...]:
    """Every writable folder inside, each a sized tmpfs; the first is the work folder."""
    return (WORK_DIR, "/tmp", "/dev/shm", *job.temporary)  # noqa: S108


def run_argv(system: System, job: SandboxJob) -> list[str]:
    """For `Bubblewrap.run`: job files come as a tar archive on standard input."""
    options = ["--disable-userns", *(["--seccomp", str(FILTER_FD)] if system.filter else [])]
    return [*_outside(system), *_bwrap(system, job), *options, "--", *_inside(system, job, _UNPACK, "ready")]


def open_argv(system: System, job: SandboxJob) -> list[str]:
    """For `Bubblewrap.open`: standard input is the program's own."""
    options = ["--disable-userns", *(["--seccomp", str(FILTER_FD)] if system.filter else [])]
    program = _inside(system, job, "", "ready", stays=True)
    return [*_outside(system), *_bwrap(system, job), *options, "--", *program]


def wrapper_script(system: System, job: SandboxJob, folder: str) -> str:
    """For `Bubblewrap.wrap`: a shell script that makes a folder for its launch and becomes the sandbox.

    Nested user namespaces stay possible, as a browser's own sandbox needs them.
    """
    before = [*_outside(system), *_bwrap(system, job), "--"]
    inside = _inside(system, job, "", "LAUNCH", stays=True)
    words = [*map(shlex.quote, before), *('"$launch"' if w == "LAUNCH" else shlex.quote(w) for w in inside), '"$@"']
    home = shlex.quote(folder)
    return (
        "#!/bin/sh\nPATH=/usr/bin:/bin\n"
        f"launch=$(mktemp -d {home}/launch.XXXXXX) || exit 125\n"
        'mkfifo -m 600 "$launch/go" && echo $$ >"$launch/pid" || exit 125\n'
        f'exec {GO_FD}<>"$launch/go" {READY_FD}>{home}/ready {STATUS_FD}>"$launch/status" {PASSWD_FD}<<PASSWD\n'
        f"{PASSWD}PASSWD\n"
        # bubblewrap clears the program's environment, not the block that its own process shows in /proc.
        f"exec /usr/bin/env -i PATH=/usr/bin:/bin {' '.join(words)}\n"
    )


def _outside(system: System) -> list[str]:
    if system.user is None:
        return []
    user = str(system.user)
    return ["/usr/bin/setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--inh-caps=-all"]


def _bwrap(system: System, job: SandboxJob) -> list[str]:
    """Namespaces, mounts and descriptors. The last mounts make the root and ``/dev`` read-only: bubblewrap leaves
    both as writable memory without a size."""
    options = ["/usr/bin/bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--clearenv"]
    options += ["--cap-drop", "ALL", "--uid", INNER_USER, "--gid", INNER_USER, "--hostname", HOSTNAME]
    for folder in system.folders:
        options += ["--ro-bind", folder, folder]
    for target, path in system.links:
        options += ["--symlink", target, path]
    options += ["--ro-bind-data", str(PASSWD_FD), "/etc/passwd", "--proc", "/proc", "--dev", "/dev"]
    options += _tmpfs("/dev/shm", SMALL_TMPFS_BYTES) + _tmpfs("/tmp", SMALL_TMPFS_BYTES)  # noqa: S108
    options += _tmpfs(WORK_DIR, job.limits.disk_bytes)
    for mount in job.mounts:
        options += ["--ro-bind", str(mount.source), mount.target]
    for folder in job.temporary:
        options += _tmpfs(folder, SMALL_TMPFS_BYTES)
    options += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", WORK_DIR, "--json-status-fd", str(STATUS_FD)]
    return [*options, "--setenv", "PATH", "/usr/bin:/bin"]


def _tmpfs(path: str, size: int) -> list[str]:
    return ["--size", str(size), "--tmpfs", path]


def _inside(system: System, job: SandboxJob, before: str, launch: str, *, stays: bool = False) -> list[str]:
    """The program with its limits and environment. One that stays may use any CPU time in all its life."""
    limits = job.limits
    rlimits = [
        "--core=0",
        f"--nofile={OPEN_FILES}",
        f"--fsize={limits.disk_bytes}",
    ]
    if not stays:
        rlimits.append(f"--cpu={cpu_backstop(limits)}")
    if system.counts_by_namespace:
        rlimits.append(f"--nproc={thread_limit(limits) + 64}")
    environment = [f"{name}={value}" for name, value in sorted(job.environment.items())]
    shell = ["/bin/sh", "-c", before + _START, "sh", launch]
    return [*shell, "/usr/bin/prlimit", *rlimits, "/usr/bin/env", "-i", *environment, *job.argv]
