"""Ends every process group of a stack when the stack's own process is gone, however it went.

The bond of `bond` ends each process but not the children that it forked (a Celery pool, a browser); this ends
their whole groups. It reads lines from its standard input: ``+GROUP`` when a group was started, ``-GROUP`` when it
is gone. The input's end means that the stack is dead or done.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        change, group = line[0], int(line[1:])
        (groups.add if change == "+" else groups.discard)(group)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
