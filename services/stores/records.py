"""The evaluation records: one engine, read transactions and write transactions.

SQLite (embedded) runs in WAL mode; a write transaction takes its lock at once (``BEGIN IMMEDIATE``), so that two
processes never deadlock by upgrading. PostgreSQL locks rows (``SELECT … FOR UPDATE``), which SQLite ignores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from services.errors import RecordError
from services.stores.models import Base

SQLITE_WAIT_SECONDS = 30


class Records:
    """Sessions over one database. Engines do not survive a fork: make one per process.

    Args:
        url: SQLAlchemy URL, ``sqlite:///path`` or ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = make_engine(url)
        self._writer = self._engine.execution_options(webgen_write=True)

    @property
    def engine(self) -> Engine:
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read transaction.

        Raises:
            RecordError: the database did not answer.
        """
        with typed(), Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A write transaction: committed at the end, rolled back on any error.

        Raises:
            RecordError: the database did not answer or refused.
        """
        with typed(), Session(self._writer) as session, session.begin():
            yield session

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def typed() -> Iterator[None]:
    """The database's errors as `RecordError`."""
    try:
        yield
    except DBAPIError as error:
        raise RecordError(f"the database failed: {error.orig}") from error
    except PoolTimeout as error:
        raise RecordError("no database connection was free in time") from error


def insert_missing(session: Session, model: type[Base], **values: Any) -> None:
    """Insert a row unless its primary key is there already: also where another transaction does so right now."""
    make = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.flush()
    session.execute(make(model).values(**values).on_conflict_do_nothing())


def make_engine(url: str) -> Engine:
    """An engine with the database's own settings applied."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=30)
    engine = create_engine(url, connect_args={"timeout": SQLITE_WAIT_SECONDS})
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: object) -> None:
    # The driver's own transaction handling begins too late and never takes the write lock first.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("webgen_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
