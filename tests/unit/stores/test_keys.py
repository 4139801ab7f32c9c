"""API keys: shown once, stored hashed, revocable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from services.errors import InvalidRequest, NotFound
from services.stores.keys import create_key, list_keys, revoke_key, verify_key
from services.stores.migrations import upgrade
from services.stores.models import KeyRow
from services.stores.records import Records


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    upgrade(database_url)
    store = Records(database_url)
    yield store
    store.close()


def test_a_key_opens_what_its_scopes_say_until_it_is_revoked(records: Records) -> None:
    key_id, secret = create_key(records, "trainer", ["submit", "read"])
    known = verify_key(records, secret)
    assert known is not None
    assert (known.id, known.scopes) == (key_id, frozenset({"submit", "read"}))
    revoke_key(records, key_id)
    assert verify_key(records, secret) is None
    assert list_keys(records)[0].revoked_at is not None


def test_the_secret_is_not_stored(records: Records) -> None:
    _, secret = create_key(records, "trainer", ["read"])
    with records.read() as session:
        row = session.scalars(select(KeyRow)).one()
        assert secret not in f"{row.id} {row.name} {row.hash} {row.scopes}"


def test_wrong_keys_and_scopes_are_refused(records: Records) -> None:
    assert verify_key(records, "wgr_wrong") is None
    with pytest.raises(InvalidRequest, match="submit, read, admin"):
        create_key(records, "x", ["everything"])
    with pytest.raises(NotFound, match="nope"):
        revoke_key(records, "nope")
