"""A set is used only while it is as it was filled."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from build_worker.dependencies import SetStore
from build_worker.dependencies.marker import MANIFEST, MARKER
from build_worker.node import Node
from build_worker.setup import verify
from services.errors import DependencySetMissing
from services.settings import ToolSettings
from tests.support.sets import archived, filled, key, put

NODE = Node(Path("/usr/bin/node"), ("/usr/bin/npm",), "v20.0.0", "11.0.0")
A = key("a")

SEEN_AT_ONCE: dict[str, Callable[[Path], object]] = {
    "a file is gone": lambda folder: (folder / "node_modules/a/bin/run.js").unlink(),
    "a package is gone": lambda folder: shutil.rmtree(folder / "node_modules/a"),
    "a file was added": lambda folder: (folder / "node_modules/a/new").write_text("x"),
    "a link was replaced": lambda folder: _replace_link(folder / "node_modules/.bin/run"),
    "the marker is cut off": lambda folder: os.truncate(folder / MARKER, 20),
    "the marker is gone": lambda folder: (folder / MARKER).unlink(),
    "the marker is another set's": lambda folder: (folder / MARKER).write_text(_of_another(folder)),
    "the manifest is another": lambda folder: (folder / MANIFEST).write_text(""),
}
SEEN_IN_FULL: dict[str, Callable[[Path], object]] = {
    "a file was cut off": lambda folder: os.truncate(folder / "node_modules/a/bin/run.js", 0),
    "a file was changed": lambda folder: (folder / "node_modules/a/bin/run.js").write_bytes(b"ran()"),
    "a mode was changed": lambda folder: (folder / "node_modules/a/package.json").chmod(0o755),
}


def _replace_link(link: Path) -> None:
    link.unlink()
    link.symlink_to("../a/package.json")


def _of_another(folder: Path) -> str:
    return (folder / MARKER).read_text().replace(A, key("b"))


@pytest.fixture
def store(tmp_path: Path) -> SetStore:
    found = SetStore(tmp_path / "sets", NODE)
    put(found, "a")
    return found


@pytest.fixture
def folder(store: SetStore) -> Path:
    found = store.path(A)
    assert found
    return found


def test_a_set_is_used_by_many_at_once(store: SetStore, folder: Path) -> None:
    with store.use(A) as one, store.use(A) as two:
        assert one == two == folder
    assert store.verify(A) == []


@pytest.mark.parametrize("name", sorted(SEEN_AT_ONCE))
def test_damage_is_seen_before_use_and_mended(store: SetStore, folder: Path, name: str) -> None:
    SEEN_AT_ONCE[name](folder)
    assert store.verify(A)
    with pytest.raises(DependencySetMissing), store.use(A):
        pass
    put(store, "a")
    with store.use(A):
        assert store.verify(A) == []
    assert sorted(path.name for path in folder.parent.iterdir() if not path.name.startswith(".locks")) == [A]


@pytest.mark.parametrize("name", sorted(SEEN_IN_FULL))
def test_what_a_quick_look_misses_the_full_one_sees(store: SetStore, folder: Path, name: str) -> None:
    SEEN_IN_FULL[name](folder)
    assert store.path(A)
    assert len(store.verify(A)) == 1


def test_verification_removes_what_is_damaged_and_nothing_else(store: SetStore, folder: Path) -> None:
    put(store, "b")
    os.truncate(folder / "node_modules/a/bin/run.js", 0)
    said: list[str] = []
    tools = ToolSettings(sets=folder.parent)
    assert verify(tools, said.append) == 1
    assert any(A in line and "run.js" in line for line in said)
    assert (store.path(A), store.held()) == (None, [key("b")])
    assert verify(tools, said.append) == 0


def test_a_damaged_set_stays_for_those_who_use_it(store: SetStore, folder: Path) -> None:
    with store.use(A) as used:
        store.distrust(A)
        assert (used / "node_modules/a/package.json").is_file()
        with pytest.raises(DependencySetMissing), store.use(A):
            pass


def test_a_set_that_was_copied_with_other_times_is_whole(store: SetStore, folder: Path) -> None:
    os.utime(folder / "node_modules/a", (1, 1))
    assert store.path(A) is None
    inode = folder.stat().st_ino
    store.unpack(A, archived(A))
    assert store.path(A)
    assert folder.stat().st_ino == inode


def test_a_folder_without_a_marker_is_no_set(store: SetStore, folder: Path) -> None:
    filled(folder.parent / key("c"), key("c"))
    (folder.parent / key("c") / MARKER).unlink()
    assert store.path(key("c")) is None


def test_every_file_can_be_read_by_all_and_brings_no_rights(tmp_path: Path) -> None:
    place = tmp_path / "made"
    (place / "node_modules/a").mkdir(parents=True)
    (place / "node_modules/a/sly").write_bytes(b"x")
    (place / "node_modules/a/sly").chmod(0o4711)
    (place / "node_modules/a").chmod(0o700)
    filled(place, A)
    assert (place / "node_modules/a/sly").stat().st_mode & 0o7777 == 0o755
    assert (place / "node_modules/a").stat().st_mode & 0o7777 == 0o755
