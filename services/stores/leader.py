"""Who may reap, and who may clean: one process at a time. PostgreSQL: a session's advisory lock; SQLite: a file lock
beside it.

Both are let go by the system when their holder dies, so a killed reaper never blocks the next one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from services.stores.records import make_engine

Task = Literal["reaper", "cleaner"]

_LOCK_NUMBERS: Final[dict[Task, int]] = {"reaper": 8_017_221_594, "cleaner": 8_017_221_595}


class Leader(Protocol):
    def holds(self) -> bool:
        """Whether this process is the leader now; takes the lead where it is free."""
        ...


class FileLeader:
    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def holds(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class AdvisoryLeader:
    """Holds the lock by holding a connection; a lost connection is a lost lead."""

    def __init__(self, url: str, task: Task = "reaper") -> None:
        self._engine = make_engine(url)
        self._number = _LOCK_NUMBERS[task]
        self._connection: Connection | None = None

    def holds(self) -> bool:
        try:
            return self._still_holds() or self._take()
        except DBAPIError:
            self._let_go()
            return False

    def close(self) -> None:
        """Give the lead back and close every connection."""
        self._let_go()
        self._engine.dispose()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None

    def _still_holds(self) -> bool:
        if self._connection is None:
            return False
        self._connection.execute(text("SELECT 1"))
        return True

    def _take(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        taken = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:n)"), {"n": self._number}))
        if taken:
            self._connection = connection
        else:
            connection.close()
        return taken


@contextmanager
def make_leader(url: str, task: Task = "reaper") -> Iterator[Leader]:
    """A leader over the database of this URL; gives the lead back at the end."""
    if url.startswith("sqlite"):
        path = f"{make_url(url).database}.{task}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            yield FileLeader(descriptor)
        finally:
            os.close(descriptor)
    else:
        leader = AdvisoryLeader(url, task)
        try:
            yield leader
        finally:
            leader.close()
