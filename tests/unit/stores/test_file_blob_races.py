"""Files that are put and removed at the same time: what was put is there."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from services.stores.blobs import FileBlobs, Kept

ROUNDS = 150


@pytest.mark.parametrize("use", [lambda store, name: store.put(b"content") == name, FileBlobs.renew])
def test_a_blob_that_was_renewed_is_there(tmp_path: Path, use: Callable[[FileBlobs, str], bool]) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    gone = 0
    for _ in range(ROUNDS):
        store.put(b"content")
        os.utime(tmp_path / name[:2] / name, (1_000, 1_000))
        (found,) = store.listed()
        relied, removed = _together(lambda: use(store, name), lambda kept=found: store.remove(kept))  # type: ignore[misc]
        assert (name in store) or (removed and not relied)
        assert not (relied and name not in store)
        gone += removed
        assert not list(tmp_path.rglob(".*"))
    assert gone


def _together(*calls: Callable[[], bool]) -> list[bool]:
    results = [False] * len(calls)
    barrier = threading.Barrier(len(calls))

    def do(place: int) -> None:
        barrier.wait()
        results[place] = calls[place]()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_a_file_of_another_time_is_another_file(tmp_path: Path) -> None:
    store = FileBlobs(tmp_path)
    name = store.put(b"content")
    (found,) = store.listed()
    assert not store.remove(Kept(name, found.size, found.written_at - 1))
    assert store.get(name) == b"content"
