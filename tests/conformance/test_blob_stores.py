"""What every blob store promises."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from services.errors import BlobError
from services.settings import S3Settings
from services.stores.blobs import BlobStore, FileBlobs, MemoryBlobs
from services.stores.s3_blobs import FRESH_SECONDS, S3Blobs
from tests.support.s3_server import S3Server

DAY = 86_400.0


@pytest.fixture(params=["files", "memory", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "s3":
        return S3Blobs(request.getfixturevalue("s3").bucket("some/folder"))
    return FileBlobs(tmp_path / "blobs") if request.param == "files" else MemoryBlobs()


@pytest.fixture(params=["files", "memory", "s3"])
def at(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[float], BlobStore]:
    """The same store as somebody sees it so many seconds from now, for whom what is there has aged."""
    memory_now = [time.time()]
    memory = MemoryBlobs(lambda: memory_now[0])
    bucket = request.getfixturevalue("s3").bucket() if request.param == "s3" else None

    def seen(later: float) -> BlobStore:
        if bucket is not None:
            return S3Blobs(bucket, lambda: time.time() + later)
        if request.param == "memory":
            memory_now[0] += later
            return memory
        for path in tmp_path.rglob("*"):
            if path.is_file():
                os.utime(path, (path.stat().st_mtime - later,) * 2)
        return FileBlobs(tmp_path)

    return seen


def test_a_blob_is_named_by_its_content_and_kept_once(store: BlobStore) -> None:
    name = store.put(b"content")
    assert name == hashlib.sha256(b"content").hexdigest() == store.put(b"content")
    assert store.get(name) == b"content"
    assert name in store
    assert [(kept.name, kept.size, kept.spare) for kept in store.listed()] == [(name, 7, False)]


def test_an_empty_blob_is_a_blob(store: BlobStore) -> None:
    assert store.get(store.put(b"")) == b""


def test_a_missing_blob_is_our_fault(store: BlobStore) -> None:
    with pytest.raises(BlobError, match="f" * 64):
        store.get("f" * 64)
    assert "f" * 64 not in store
    assert not store.renew("f" * 64)


def test_what_is_listed_can_be_removed_and_put_again(store: BlobStore) -> None:
    names = {store.put(content) for content in (b"one", b"two", b"three")}
    listed = {kept.name: kept for kept in store.listed()}
    assert set(listed) == names
    gone = hashlib.sha256(b"two").hexdigest()
    assert store.remove(listed[gone])
    assert gone not in store
    assert not store.renew(gone)
    assert {kept.name for kept in store.listed()} == names - {gone}
    assert store.put(b"two") == gone
    assert store.get(gone) == b"two"


@pytest.mark.parametrize("how", ["put", "renew"])
def test_what_is_used_anew_after_the_listing_is_not_removed(at: Callable[[float], BlobStore], how: str) -> None:
    name = at(0).put(b"content")
    aged = at(DAY)
    (found,) = aged.listed()
    assert aged.put(b"content") == name if how == "put" else aged.renew(name)
    aged.remove(found)
    assert aged.get(name) == b"content"
    (left,) = aged.listed()
    assert left.written_at >= found.written_at
    assert not left.spare


def test_a_removed_blob_cannot_be_renewed(at: Callable[[float], BlobStore]) -> None:
    name = at(0).put(b"content")
    aged = at(DAY)
    (found,) = aged.listed()
    assert aged.remove(found)
    assert not aged.renew(name)
    assert aged.put(b"content") == name
    assert aged.get(name) == b"content"


def test_of_several_copies_all_but_the_youngest_are_spare(s3: S3Server) -> None:
    bucket = s3.bucket()
    name = S3Blobs(bucket).put(b"content")
    later = S3Blobs(bucket, lambda: time.time() + FRESH_SECONDS + 60)
    assert later.renew(name)
    assert sorted(kept.spare for kept in later.listed()) == [False, True]
    for kept in list(later.listed()):
        if kept.spare:
            assert later.remove(kept)
    assert later.get(name) == b"content"


def test_a_fresh_blob_is_not_sent_again(s3: S3Server) -> None:
    bucket = s3.bucket()
    store = S3Blobs(bucket)
    before = store.put(b"content")
    assert [kept.copy for kept in store.listed()] == [kept.copy for kept in S3Blobs(bucket).listed()]
    (copy,) = (kept.copy for kept in store.listed())
    store.put(b"content")
    store.renew(before)
    assert [kept.copy for kept in store.listed()] == [copy]


def test_two_prefixes_of_a_bucket_are_two_stores(s3: S3Server) -> None:
    bucket = s3.bucket()
    one, other = (S3Blobs(bucket.model_copy(update={"prefix": prefix})) for prefix in ("a", "b"))
    name = one.put(b"content")
    assert name not in other
    assert list(other.listed()) == []


def test_a_damaged_object_is_noticed(s3: S3Server) -> None:
    bucket = s3.bucket()
    store = S3Blobs(bucket)
    name = store.put(b"content")
    (kept,) = store.listed()
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request"}
    at = f"{bucket.endpoint}/{bucket.bucket}/{kept.copy}"
    httpx.put(at, content=b"other", headers=signed).raise_for_status()
    with pytest.raises(BlobError, match="damaged"):
        store.get(name)


@pytest.mark.parametrize("change", [{"bucket": "nowhere"}, {"endpoint": "http://127.0.0.1:9"}])
def test_a_bucket_that_does_not_answer_is_our_fault(s3: S3Server, change: dict[str, str]) -> None:
    settings = S3Settings.model_validate({**s3.bucket().model_dump(), "timeout": 0.2, **change})
    store = S3Blobs(settings)
    for use in (lambda: store.put(b"content"), lambda: store.get("f" * 64), lambda: list(store.listed())):
        with pytest.raises(BlobError):
            use()


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    (tmp_path / name[:2] / name).write_bytes(b"other")
    with pytest.raises(BlobError, match="damaged"):
        store.get(name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "F" * 64, "a" * 63 + "/"])
def test_only_hashes_are_names(store: BlobStore, name: str) -> None:
    with pytest.raises(BlobError):
        store.get(name)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]


def test_what_a_killed_process_left_is_spare(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    (tmp_path / name[:2] / ".new-half").write_bytes(b"con")
    (spare,) = (kept for kept in store.listed() if kept.spare)
    assert store.remove(spare)
    assert not (tmp_path / name[:2] / ".new-half").exists()
    assert store.get(name) == b"content"
