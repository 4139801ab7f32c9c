"""The first process of every container: it waits for a job, runs it, ends it and tells its results. Pure.

It is process 1 of its own namespace, so nothing inside can kill it, and its ``kill -1`` ends everything else at once.
What it is asked: a line ``mark script-length archive-length``, the script, the archive; the rest of standard input
is the program's. What it answers, when every other process is dead, on standard error: the mark and a line
``exit-code disk-is-full files-are-in``; then, as `services.sandbox.docker.results` reads it, a list of what the
results folder holds, the files' contents, and the mark again. The mark also ends standard output. It then waits to be
removed. Where the program is one that stays, there are no results, its standard output is its own alone, and the end of
both streams is the end of everything.

A job that got hold of it could forge all of that: it can say nothing by it that it could not have done itself, and
whatever comes is read within the job's limits.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from services.sandbox.command import OPEN_FILES, cpu_backstop
from services.sandbox.protocol import WORK_DIR, SandboxJob
from services.sandbox.readback import MAX_DEPTH

END_SIGNAL = "SIGUSR1"
"""Asks it to end the job."""

LOOK_SIGNAL = "SIGUSR2"
"""Asks it to end the job if its disk is full, which only a process inside can see."""

READY = b"ready"
"""What it says on standard error once it can be asked and signalled."""

SLACK_BYTES = 16_384
SLACK_FILES = 1_000
"""A disk with less than this to spare is full: a program that failed on a full one may have removed a little."""

_PRCTL = {"x86_64": 157, "aarch64": 167}
_LOADER = (
    'my ($prctl, $filter) = (shift, pack("H*", shift)); my $program = pack("Sx![P]P", length($filter) / 8, $filter); '
    "syscall($prctl, 38, 1, 0, 0, 0) == 0 && syscall($prctl, 22, 2, $program) == 0 or exit 125; exec @ARGV; exit 125"
)
"""Perl: no new privileges, then our filter of system calls over the engine's own."""

_KEEPER = f"""
full() {{
    set -- $(stat -f -c '%a %S %d' {WORK_DIR})
    [ $(($1 * $2)) -lt {SLACK_BYTES} ] || [ "$3" -lt {SLACK_FILES} ]
}}
over= woken=
trap 'over=1 woken=1; kill -KILL -1' USR1
trap 'woken=1' USR2
printf '%s' {READY.decode()} >&2
read -r mark script archive || exit 0
eval "$(head -c "$script")" || exit 125
exec 4>&2 2>/dev/null
laid=1
[ "$archive" -eq 0 ] || head -c "$archive" | tar -xf - -C {WORK_DIR} --no-same-owner || laid=0
exec 3<&0 </dev/null
code=137
if [ -z "$over" ] && [ "$laid" = 1 ]; then
    program 2>&4 4>&- &
    job=$!
    while woken=; wait "$job"; code=$?; [ -n "$woken" ] && kill -0 "$job"; do
        full && kill -KILL -1
    done
fi
kill -KILL -1
while kill -0 -1; do sleep 0.01; done
full && disk=1 || disk=0
[ -n "$stays" ] || printf '%s' "$mark"
printf '%s %d %d %d\\n' "$mark" "$code" "$disk" "$laid" >&4
[ -z "$stays" ] || exit 0
cd {WORK_DIR}
if results; then
    chmod -R u+rwX -- "$folder"
    find "$folder" -mindepth 1 -maxdepth {MAX_DEPTH} -printf '%y %n %s %P\\0' >&4
    printf '\\0' >&4
    find "$folder" -mindepth 1 -maxdepth {MAX_DEPTH} -type f -links 1 -print0 | xargs -0 -r cat -- >&4
else
    printf -- '- 0 0 \\0\\0' >&4
fi
printf '%s' "$mark" >&4
while read -r _ <&3; do :; done
"""


def keeper_argv(machine: str, seccomp: bytes | None) -> list[str]:
    """The command of every container, for a machine as ``platform.machine()`` names it."""
    start = ["/usr/bin/env", "-i", "PATH=/usr/bin:/bin"]
    if seccomp:
        start += ["/usr/bin/perl", "-e", _LOADER, str(_PRCTL[machine]), seccomp.hex()]
    return [*start, "/bin/sh", "-c", _KEEPER]


Streams = Literal["none", "standard", "pipes"]
"""What the rest of a keeper's standard input is: nothing; the program's own standard input; or its descriptor 3, and
standard output its descriptor 4, while its own standard output goes to standard error."""

_REDIRECTIONS: Mapping[Streams, str] = MappingProxyType(
    {"none": "exec 3<&-", "standard": "exec <&3 3<&-", "pipes": "exec 4>&1 1>&2"}
)


def request(job: SandboxJob, mark: str, archive: bytes, streams: Streams = "none") -> bytes:
    """What is written to a keeper's standard input so that it runs a job.

    Args:
        mark: a word that the job cannot guess.
        streams: a program that is given any stays, and may use any CPU time in all its life.
    """
    script = _script(job, streams).encode()
    return f"{mark} {len(script)} {len(archive)}\n".encode() + script + archive


def _script(job: SandboxJob, streams: Streams) -> str:
    """Shell functions: ``program`` becomes the job's program, ``results`` tells whether there are results."""
    rlimits = ["--core=0", f"--nofile={OPEN_FILES}", f"--fsize={job.limits.disk_bytes}"]
    if streams == "none":
        rlimits.append(f"--cpu={cpu_backstop(job.limits)}")
    environment = [f"{name}={value}" for name, value in sorted(job.environment.items())]
    words = ["/usr/bin/prlimit", *rlimits, "/usr/bin/env", "-i", *environment, *job.argv]
    return (
        f"stays={'' if streams == 'none' else 1}\n"
        f"program() {{ {_REDIRECTIONS[streams]}; echo 1000 >/proc/self/oom_score_adj; exec {shlex.join(words)}; }}\n"
        f"folder={shlex.quote(job.read_back or '')}\n"
        f"results() {{ {_sound(job.read_back)}; }}\n"
    )


def _sound(folder: str | None) -> str:
    """A shell condition: every part of the path is a folder and no link."""
    parts = folder.split("/") if folder else [""]
    if any(part in ("", ".", "..") for part in parts):
        return "false"
    return " && ".join(_is_folder("/".join(parts[: count + 1])) for count in range(len(parts)))


def _is_folder(path: str) -> str:
    word = shlex.quote(f"./{path}")
    return f"[ -d {word} ] && [ ! -L {word} ]"
