"""A redis-server of a test's own, on a Unix socket: no port, no file outside its folder."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError
from redis.retry import Retry


@contextlib.contextmanager
def redis_process() -> Iterator[Path]:
    """Start redis-server, answer with its socket once it serves, and end it afterwards."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:  # short: socket paths have 107 bytes
        socket = Path(folder) / "redis.sock"
        arguments = ["--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        with subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL) as process:
            try:
                _wait_for(socket)
                yield socket
            finally:
                process.terminate()
                process.wait(10)


def _wait_for(socket: Path) -> None:
    retry = Retry(ConstantBackoff(0.05), 200, (RedisError,))
    with redis.Redis(unix_socket_path=str(socket), retry=retry) as client:
        client.ping()
