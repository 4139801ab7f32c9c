"""Blobs in a bucket of a server that speaks S3.

A bucket can neither lock nor remove on a condition. So a copy is never written twice: each has a key of its own,
``ab/abcdef…/copy``, and one that has become old is renewed by a second one beside it. Whoever cleans up takes copies
that were old when they were listed, which nobody relies on any more.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from services.errors import BlobError
from services.settings import S3Settings
from services.stores.blobs import Kept, blob_name, checked_name
from services.telemetry.work import blob_moved

if TYPE_CHECKING:
    from obstore.store import S3Config

FRESH_SECONDS: Final = 12 * 3_600.0
"""A copy younger than this is relied on; half of what the retention of blobs is at least (`RetentionSettings`)."""

_PAGE = 1_000
_RETRIES = 4


class _Gone(BlobError):
    """Nothing is kept there."""


class S3Blobs:
    """Safe for threads, and for processes that are made after it, as long as it is not used before.

    Args:
        clock: seconds since the epoch; the server's own clock is to agree with it within hours.
    """

    def __init__(self, settings: S3Settings, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        with _typed(f"the bucket {settings.bucket} cannot be used"):
            self._store = _connected(settings)

    def put(self, content: bytes) -> str:
        name = blob_name(content)
        if not any(map(self._is_fresh, self._copies(name))):
            self._write(name, content)
        return name

    def get(self, name: str) -> bytes:
        damaged = False
        for copy in self._copies(name):
            content = self._read(copy)
            if content is not None and blob_name(content) == name:
                blob_moved("read", len(content))
                return content
            damaged = damaged or content is not None
        raise BlobError(f"blob {name} is {'damaged' if damaged else 'missing'}")

    def __contains__(self, name: str) -> bool:
        return bool(self._copies(name))

    def renew(self, name: str) -> bool:
        copies = self._copies(name)
        if not copies or self._is_fresh(copies[0]):
            return bool(copies)
        try:
            with _typed(f"blob {name} cannot be renewed"):
                obstore.copy(self._store, copies[0].copy, _new_key(name))
        except _Gone:
            return False
        return True

    def listed(self) -> Iterator[Kept]:
        for _, copies in groupby(self._all(), key=lambda kept: kept.name):
            yield from _youngest_first(copies)

    def remove(self, kept: Kept) -> bool:
        """Of the copies of a blob, the one that was listed: a younger one is another."""
        try:
            with _typed(f"blob {kept.name} cannot be removed"):
                obstore.delete(self._store, kept.copy)
        except _Gone:
            return False
        return True

    def _copies(self, name: str) -> list[Kept]:
        """The youngest first."""
        with _typed(f"blob {name} cannot be looked for"):
            found = obstore.list(self._store, f"{checked_name(name)[:2]}/{name}").collect()
        return _youngest_first(_kept(each["path"], each["size"], each["last_modified"].timestamp()) for each in found)

    def _all(self) -> Iterator[Kept]:
        """In the order of their keys."""
        with _typed("the blobs cannot be listed"):
            for page in obstore.list(self._store, chunk_size=_PAGE):
                for each in page:
                    yield _kept(each["path"], each["size"], each["last_modified"].timestamp())

    def _is_fresh(self, kept: Kept) -> bool:
        return kept.written_at > self._clock() - FRESH_SECONDS

    def _read(self, kept: Kept) -> bytes | None:
        """None: somebody removed this copy."""
        try:
            with _typed(f"blob {kept.name} cannot be read"):
                return obstore.get(self._store, kept.copy).bytes().to_bytes()
        except _Gone:
            return None

    def _write(self, name: str, content: bytes) -> None:
        with _typed("blob cannot be written"):
            obstore.put(self._store, _new_key(name), content)
        blob_moved("written", len(content))


def _connected(settings: S3Settings) -> S3Store:
    config: S3Config = {
        "region": settings.region,
        "virtual_hosted_style_request": settings.virtual_hosted,
    }
    if settings.endpoint is not None:
        config["endpoint"] = settings.endpoint
    if settings.access_key is not None and settings.secret_key is not None:
        config["access_key_id"] = settings.access_key.get_secret_value()
        config["secret_access_key"] = settings.secret_key.get_secret_value()
    return S3Store(
        settings.bucket,
        prefix=settings.prefix or None,
        config=config,
        client_options={
            "allow_http": (settings.endpoint or "").startswith("http://"),
            "timeout": timedelta(seconds=settings.timeout),
        },
        retry_config={"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=4 * settings.timeout)},
    )


def _new_key(name: str) -> str:
    return f"{name[:2]}/{name}/{uuid.uuid4().hex}"


def _kept(key: str, size: int, written_at: float) -> Kept:
    return Kept(key.rsplit("/", 2)[-2] if "/" in key else key, size, written_at, key)


def _youngest_first(copies: Iterable[Kept]) -> list[Kept]:
    """All but the first are spare."""
    ordered = sorted(copies, key=lambda kept: kept.written_at, reverse=True)
    return [replace(kept, spare=place > 0) for place, kept in enumerate(ordered)]


@contextmanager
def _typed(what: str) -> Iterator[None]:
    """The library's errors as `BlobError`.

    Raises:
        _Gone: there is no such key or bucket.
    """
    try:
        yield
    except BaseError as error:
        kind = _Gone if isinstance(error, FileNotFoundError) else BlobError
        raise kind(f"{what}: {str(error).strip().splitlines()[0][:300]}") from error
