"""One clean-up: old records, then the blobs that nothing refers to. Safe beside everything that the service does.

1. Remove expired evaluations and memos.
2. Wait until whoever may have read one of them has written what it has from it.
3. Gather the names that records refer to, in one snapshot.
4. Remove blobs of other names that were neither written nor renewed for `RetentionSettings.blob_hours`. A store never
   removes what was renewed after the listing, and whoever refers to a blob anew has put or renewed it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import select

from services.errors import Conflict
from services.settings import RetentionSettings
from services.stores.blobs import BlobStore, Kept
from services.stores.leader import make_leader
from services.stores.models import RunRow
from services.stores.records import Records
from services.stores.retention import expiry
from services.stores.retention.references import Names, referred, wait_for_others

HOUR = 3_600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What went, or would go.

    Attributes:
        evaluations, memos: records.
        blobs: files or objects; what dead processes left half written is among them.
        bytes: of these.
        blobs_kept, bytes_kept: that stayed.
    """

    evaluations: int = 0
    memos: int = 0
    blobs: int = 0
    bytes: int = 0
    blobs_kept: int = 0
    bytes_kept: int = 0


def clean(
    records: Records,
    blobs: BlobStore,
    retention: RetentionSettings,
    *,
    dry_run: bool,
    clock: Callable[[], float] = time.time,
) -> Cleaned:
    """Clean up once; with ``dry_run`` say only what would go.

    Raises:
        Conflict: somebody cleans up already, or the blobs belong to other records.
        RecordError, BlobError: a store did not answer; what went until then is gone.
    """
    with make_leader(records.url, "cleaner") as leader:
        if not leader.holds():
            raise Conflict("another clean-up is under way")
        now = clock()
        _refuse_strangers(records, blobs)
        what = expiry.expired(records, retention, now)
        if dry_run:
            evaluations, memos = expiry.count(records, what) if what else (0, 0)
        else:
            evaluations, memos = expiry.remove(records, what, retention.batch) if what else (0, 0)
            wait_for_others(records)
        log.info("records cleaned", extra={"evaluations": evaluations, "memos": memos, "dry_run": dry_run})
        with referred(records, what if dry_run else None) as names:
            found = _blobs(blobs, names, now - retention.blob_hours * HOUR, dry_run=dry_run)
    log.info("blobs cleaned", extra={"blobs": found.blobs, "bytes": found.bytes, "dry_run": dry_run})
    return replace(found, evaluations=evaluations, memos=memos)


def _refuse_strangers(records: Records, blobs: BlobStore) -> None:
    """Records that never knew a run are not those that these blobs belong to.

    Raises:
        Conflict: they are not.
    """
    with records.read() as session:
        known = session.scalars(select(RunRow.name).limit(1)).first()
    if known is None and next(blobs.listed(), None) is not None:
        raise Conflict("these records know no run, and yet there are blobs: they belong to other records")


def _blobs(blobs: BlobStore, names: Names, before: float, *, dry_run: bool) -> Cleaned:
    gone, gone_bytes, left, left_bytes = 0, 0, 0, 0
    for kept in blobs.listed():
        if _goes(kept, names, before) and (dry_run or blobs.remove(kept)):
            gone, gone_bytes = gone + 1, gone_bytes + kept.size
        else:
            left, left_bytes = left + 1, left_bytes + kept.size
    return Cleaned(blobs=gone, bytes=gone_bytes, blobs_kept=left, bytes_kept=left_bytes)


def _goes(kept: Kept, names: Names, before: float) -> bool:
    return kept.written_at < before and (kept.spare or kept.name not in names)
