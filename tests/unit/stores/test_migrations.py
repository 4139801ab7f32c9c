"""The migrations say what the models say, on both databases, and can be applied twice."""

from __future__ import annotations

from services.stores.migrations import check, upgrade


def test_the_models_and_the_migrations_agree(database_url: str) -> None:
    upgrade(database_url)
    upgrade(database_url)
    check(database_url)
