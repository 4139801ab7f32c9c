"""Which blobs are referred to: one snapshot of all records, gathered on disk, so that memory stays flat."""

from __future__ import annotations

import json
import re
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, not_, select, text

from services.errors import RecordError
from services.stores.models import EvaluationRow, MemoRow, ReportRow
from services.stores.records import Records, typed
from services.stores.retention.expiry import Expired

WAIT_SECONDS = 300.0
"""How long transactions that were under way may take to end."""

_WRITING = text("""
    SELECT virtualtransaction FROM pg_locks
    WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relation IN ('runs'::regclass, 'evaluations'::regclass, 'reports'::regclass, 'memos'::regclass)
      AND mode <> 'AccessShareLock' AND pid <> pg_backend_pid()
""")

_PAGE = 500
_POLL_SECONDS = 0.1
_NAME = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class Names:
    """A set of blob names in a file that goes with it."""

    def __init__(self, path: str) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode=OFF")
        self._file.execute("PRAGMA synchronous=OFF")
        self._file.execute("CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")

    def add(self, names: Iterable[str]) -> None:
        rows = ((bytes.fromhex(name),) for name in names)
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR IGNORE INTO names VALUES (?)", rows)
        self._file.execute("COMMIT")

    def __contains__(self, name: str) -> bool:
        return self._file.execute("SELECT 1 FROM names WHERE name = ?", (bytes.fromhex(name),)).fetchone() is not None

    def close(self) -> None:
        self._file.close()


@contextmanager
def referred(records: Records, without: Expired | None = None) -> Iterator[Names]:
    """Names of all blobs that records refer to now.

    Whatever refers to a blob later has it from one of these records, or put or renewed it itself: reports are copied
    from memos and from other evaluations only.

    Args:
        without: records that count as gone already.

    Raises:
        RecordError: the database did not answer.
    """
    with tempfile.TemporaryDirectory(prefix="webgen-clean-") as folder:
        names = Names(f"{folder}/names.db")
        try:
            with typed(), _snapshot(records) as connection:
                for values in _pages(connection, without):
                    names.add(chain.from_iterable(map(_names_in, values)))
            yield names
        finally:
            names.close()


def wait_for_others(records: Records, seconds: float = WAIT_SECONDS) -> None:
    """Until every transaction that was under way has ended: one may have read a record before it was removed, and not
    yet written what it has from it. SQLite lets one write at a time, so there is none.

    Raises:
        RecordError: one did not end in this time.
    """
    if records.engine.dialect.name != "postgresql":
        return
    with typed(), records.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        under_way = _writing(connection)
        deadline = time.monotonic() + seconds
        while under_way := under_way & _writing(connection):
            if time.monotonic() > deadline:
                raise RecordError(f"a transaction has been open for {seconds:.0f} s: no blob is removed")
            time.sleep(_POLL_SECONDS)


def _writing(connection: Connection) -> set[str]:
    """Transactions that have locked a row or a table of ours. Whoever copies a report locks before it reads."""
    return set(connection.scalars(_WRITING))


@contextmanager
def _snapshot(records: Records) -> Iterator[Connection]:
    engine = records.engine
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection, connection.begin():
        yield connection


def _pages(connection: Connection, without: Expired | None) -> Iterator[list[Any]]:
    """What may hold names of blobs, page by page."""
    kept: list[ColumnElement[bool]] = [not_(without.evaluation())] if without else []
    memos: list[ColumnElement[bool]] = [not_(without.memo())] if without else []
    evaluations = select(EvaluationRow.completion, EvaluationRow.left_behind).where(*kept)
    reports = select(ReportRow.body).join(EvaluationRow, EvaluationRow.id == ReportRow.evaluation_id).where(*kept)
    for query in (evaluations, reports, select(MemoRow.report).where(MemoRow.report.is_not(None), *memos)):
        yield from _rows(connection, query)


def _rows(connection: Connection, query: Select[Any]) -> Iterator[list[Any]]:
    found = connection.execute(query, execution_options={"yield_per": _PAGE})
    for page in found.partitions(_PAGE):
        yield [value for row in page for value in row]


def _names_in(value: object) -> list[str]:
    """Everything that could be the name of a blob: what is named for other reasons costs nothing but its room."""
    return _NAME.findall(value if isinstance(value, str) else json.dumps(value))
