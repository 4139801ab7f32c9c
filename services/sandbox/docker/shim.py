"""The program file's second half: hands its arguments and descriptors to the worker, waits, and ends as told.

It runs by itself, in whatever starts the program file, and imports nothing of ours.
"""

from __future__ import annotations

import json
import os
import socket
import sys

_KILLED = 137


def main() -> int:
    """Arguments: the worker's folder; 1 where descriptors 3 and 4 are passed too; then the program's own."""
    folder, has_pipes, *arguments = sys.argv[1:]
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as worker:
        worker.connect("socket")
        socket.send_fds(worker, [json.dumps(arguments).encode()], range(5 if has_pipes == "1" else 3))
        answer = worker.recv(1)
    return answer[0] if answer else _KILLED


if __name__ == "__main__":
    os._exit(main())
