"""Alembic's entry: the URL comes from the caller, never from a file."""

from __future__ import annotations

from alembic import context

from services.stores.models import Base
from services.stores.records import make_engine


def run() -> None:
    engine = make_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
