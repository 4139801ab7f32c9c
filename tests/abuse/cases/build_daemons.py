"""Processes that a build leaves behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.abuse.case import Case, configured, rendered
from tests.abuse.ground import Ground

SETSID = """
cp.spawn('/usr/bin/setsid', ['/bin/sh', '-c', 'sleep SECONDS; : @TOKEN@'], { detached: true, stdio: 'ignore' }).unref();
await new Promise((done) => setTimeout(done, 200));"""

DOUBLE_FORK = """
cp.execFileSync('/bin/sh', ['-c',
  '(trap "" HUP TERM; setsid /bin/sh -c "sleep SECONDS; : @TOKEN@" &) >/dev/null 2>&1 &']);
await new Promise((done) => setTimeout(done, 200));"""
"""Process 1 becomes its parent."""

OUTLIVES = "3600"
SHORT = "20"
"""Seconds, should a live proof itself be killed."""


def setsid_live(ground: Ground) -> None:
    _outlives(ground, SETSID)


def double_fork_live(ground: Ground) -> None:
    _outlives(ground, DOUBLE_FORK)


def _outlives(ground: Ground, code: str) -> None:
    ground.javascript(code.replace("SECONDS", SHORT) + "process.exit(0);")
    left = [pid for pid in _with(ground.canaries.token) if pid != os.getpid()]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left, "no process is left behind"


def _with(token: str) -> list[int]:
    """Processes of this machine with a text in their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if token.encode() in words:
            found.append(int(entry.name))
    return found


CASES = [
    Case("build/daemon-setsid", configured(SETSID.replace("SECONDS", OUTLIVES)), (rendered(),), live=setsid_live),
    Case(
        "build/daemon-double-fork",
        configured(DOUBLE_FORK.replace("SECONDS", OUTLIVES)),
        (rendered(),),
        live=double_fork_live,
    ),
]
