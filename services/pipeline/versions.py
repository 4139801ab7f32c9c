"""Versions: workers announce theirs, a run pins what it meets first."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.pipeline.memo import VERSIONS_THAT_MATTER
from services.stores.models import AnnouncementRow
from services.stores.records import Records

COMPONENTS = frozenset(name for names in VERSIONS_THAT_MATTER.values() for name in names)


def announce(records: Records, versions: Mapping[str, str], now: float) -> None:
    """Tell the gateway which versions this worker runs. Called at every start of a worker."""
    with records.write() as session:
        for component, version in versions.items():
            session.merge(AnnouncementRow(component=component, version=version, seen_at=now))


def announced(session: Session) -> dict[str, str]:
    """Component -> the version announced last."""
    return {row.component: row.version for row in session.scalars(select(AnnouncementRow))}


def missing(versions: Mapping[str, str]) -> list[str]:
    """Components that no worker has announced yet."""
    return sorted(COMPONENTS - set(versions))
