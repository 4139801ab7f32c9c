"""Database migrations, applied by code: ``python -m services.stores.migrations`` or `upgrade`. The command also grants
the processes' roles their rights (`services.stores.roles`)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.settings import RecordSettings
from services.settings.processes import ProcessSettings
from services.stores.records import make_engine, typed
from services.stores.roles import grant

_SCRIPTS = Path(__file__).parent / "alembic"


def upgrade(url: str) -> None:
    """Bring a database to the newest version. Does nothing where it is there already."""
    command.upgrade(_config(url), "head")


def check(url: str) -> None:
    """Raise alembic's ``CommandError`` when the models say more than the migrations do."""
    command.check(_config(url))


def is_newest(url: str) -> bool:
    """Whether a database is at the newest version. Changes nothing.

    Raises:
        RecordError: it cannot be read.
    """
    newest = ScriptDirectory.from_config(_config(url)).get_current_head()
    engine = make_engine(url)
    try:
        with typed(), engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision() == newest
    finally:
        engine.dispose()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["url"] = url
    return config


def give_rights(url: str) -> None:
    """Grant the processes' roles what they may do, where the database is PostgreSQL and knows any.

    Raises:
        RecordError: it cannot be reached, or this role does not own the tables.
    """
    engine = make_engine(url)
    try:
        if engine.dialect.name == "postgresql":
            with typed(), engine.begin() as connection:
                grant(connection)
    finally:
        engine.dispose()


def main() -> None:
    settings: RecordSettings = ProcessSettings().records
    upgrade(settings.url.get_secret_value())
    give_rights(settings.url.get_secret_value())


if __name__ == "__main__":
    main()
