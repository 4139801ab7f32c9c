"""Which body keeps the blobs, from settings."""

from __future__ import annotations

from services.settings import BlobSettings
from services.stores.blobs import BlobStore, FileBlobs


def make_blobs(settings: BlobSettings) -> BlobStore:
    """The blob store that settings say. Asks it nothing.

    Raises:
        BlobError: it cannot be used as it is described.
    """
    if settings.s3 is None:
        return FileBlobs(settings.root)
    from services.stores.s3_blobs import S3Blobs  # loaded only where it is used: a large library

    return S3Blobs(settings.s3)
