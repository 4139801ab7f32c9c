"""Database migrations, applied by code: ``python -m services.stores.migrations`` or `upgrade`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

from services.settings import RecordSettings
from services.settings.processes import ProcessSettings

_SCRIPTS = Path(__file__).parent / "alembic"


def upgrade(url: str) -> None:
    """Bring a database to the newest version. Does nothing where it is there already."""
    command.upgrade(_config(url), "head")


def check(url: str) -> None:
    """Raise alembic's ``CommandError`` when the models say more than the migrations do."""
    command.check(_config(url))


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["url"] = url
    return config


def main() -> None:
    settings: RecordSettings = ProcessSettings().records
    upgrade(settings.url.get_secret_value())


if __name__ == "__main__":
    main()
