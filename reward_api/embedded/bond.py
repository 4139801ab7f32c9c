"""Becomes the program named after the parent's process id, and dies when that parent does.

A script of its own, run before the program: the bond must be made in the child, and code between fork and exec is
not safe in a process with threads. The system keeps it across exec; it breaks with the death of the thread that
started the child, so that thread must live as long as the child should.

    python -I -S bond.py PARENT_PID PROGRAM [ARGUMENT…]
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, argv = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the parent died first")
    os.execv(argv[0], argv)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
