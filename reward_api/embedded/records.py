"""The records of a data folder, made ready before anything is started."""

from __future__ import annotations

from sqlalchemy import delete

from services.stores.migrations import upgrade
from services.stores.models import AnnouncementRow
from services.stores.records import Records


def prepare(url: str) -> None:
    """Bring the database to its newest version and forget which versions were announced.

    No worker runs at this moment. What an earlier stack's workers announced, another judge for example, must not
    make the gateway ready, nor be pinned by a run, before this stack's workers have spoken.
    """
    upgrade(url)
    records = Records(url)
    try:
        with records.write() as session:
            session.execute(delete(AnnouncementRow))
    finally:
        records.close()
