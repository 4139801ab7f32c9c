"""What every blob store promises."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from services.errors import BlobError
from services.stores.blobs import BlobStore, FileBlobs, MemoryBlobs


@pytest.fixture(params=["files", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return FileBlobs(tmp_path / "blobs") if request.param == "files" else MemoryBlobs()


def test_a_blob_is_named_by_its_content_and_kept_once(store: BlobStore) -> None:
    name = store.put(b"content")
    assert name == hashlib.sha256(b"content").hexdigest() == store.put(b"content")
    assert store.get(name) == b"content"
    assert name in store


def test_an_empty_blob_is_a_blob(store: BlobStore) -> None:
    assert store.get(store.put(b"")) == b""


def test_a_missing_blob_is_our_fault(store: BlobStore) -> None:
    with pytest.raises(BlobError, match="f" * 64):
        store.get("f" * 64)
    assert "f" * 64 not in store


def test_a_damaged_file_is_noticed(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    (tmp_path / name[:2] / name).write_bytes(b"other")
    with pytest.raises(BlobError, match="damaged"):
        store.get(name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "F" * 64, "a" * 63 + "/"])
def test_only_hashes_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(BlobError):
        FileBlobs(tmp_path).get(name)


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name]
