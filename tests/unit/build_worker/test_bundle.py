"""The bundle's archive."""

from __future__ import annotations

import io
import zipfile

from build_worker.bundle import bundle


def test_equal_files_give_equal_bytes_in_any_order() -> None:
    assert bundle({"a": b"1", "b/c": b"2"}) == bundle({"b/c": b"2", "a": b"1"})


def test_other_content_gives_other_bytes() -> None:
    assert bundle({"a": b"1"}) != bundle({"a": b"2"})


def test_every_file_is_there() -> None:
    files = {"index.html": b"<p>", "assets/\u00e9.js": b"\x00" * 10_000}
    with zipfile.ZipFile(io.BytesIO(bundle(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
