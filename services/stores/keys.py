"""API keys: created once, shown once, stored as a hash."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select

from services.errors import InvalidRequest, NotFound
from services.stores.models import KeyRow
from services.stores.records import Records

SCOPES = ("submit", "read", "admin")
_PREFIX = "wgr_"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What is known of a key. The secret itself is known to its holder alone."""

    id: str
    name: str
    scopes: frozenset[str]
    created_at: datetime
    revoked_at: datetime | None


def create_key(records: Records, name: str, scopes: Iterable[str]) -> tuple[str, str]:
    """Make a key; return its id and its secret, which is shown this once.

    Raises:
        InvalidRequest: no scope, or one that does not exist.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(SCOPES):
        raise InvalidRequest(f"scopes must be one or more of {', '.join(SCOPES)}")
    key_id, secret = secrets.token_hex(6), _PREFIX + secrets.token_urlsafe(32)
    with records.write() as session:
        session.add(KeyRow(id=key_id, name=name, hash=_hash(secret), scopes=wanted, created_at=time.time()))
    return key_id, secret


def list_keys(records: Records) -> list[KeyInfo]:
    """All keys, revoked ones included, oldest first."""
    with records.read() as session:
        return [_info(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.created_at))]


def revoke_key(records: Records, key_id: str) -> None:
    """End a key's validity at once.

    Raises:
        NotFound: no such key.
    """
    with records.write() as session:
        row = session.get(KeyRow, key_id)
        if row is None:
            raise NotFound(f"no API key has the id {key_id!r}")
        row.revoked_at = row.revoked_at or time.time()


def verify_key(records: Records, secret: str) -> KeyInfo | None:
    """The key behind a secret, or None where it is unknown or revoked.

    The look-up is by the hash of 256 random bits, so its timing tells nothing of another key.
    """
    with records.read() as session:
        row = session.scalar(select(KeyRow).where(KeyRow.hash == _hash(secret), KeyRow.revoked_at.is_(None)))
        return _info(row) if row else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _info(row: KeyRow) -> KeyInfo:
    revoked = datetime.fromtimestamp(row.revoked_at, UTC) if row.revoked_at else None
    return KeyInfo(row.id, row.name, frozenset(row.scopes), datetime.fromtimestamp(row.created_at, UTC), revoked)
