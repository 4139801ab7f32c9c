"""The records of a data folder, made ready before anything is started."""

from __future__ import annotations

from sqlalchemy import delete

from services.broker import MemoryBroker
from services.pipeline.desk import Desk
from services.pipeline.reaper import forget_claims
from services.stores.migrations import upgrade
from services.stores.models import AnnouncementRow
from services.stores.records import Records


def prepare(url: str) -> None:
    """Bring the database to its newest version; forget which versions were announced and who held a claim.

    No worker runs at this moment, so what was interrupted goes on at once instead of after its lease. What an
    earlier stack's workers announced, another judge for example, must not make the gateway ready, nor be pinned by
    a run, before this stack's workers have spoken.
    """
    upgrade(url)
    records = Records(url)
    try:
        with records.write() as session:
            session.execute(delete(AnnouncementRow))
        forget_claims(Desk(records, MemoryBroker()))
    finally:
        records.close()
