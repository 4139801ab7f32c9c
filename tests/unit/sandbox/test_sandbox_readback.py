"""Reading results back out of a folder that a hostile program wrote."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.sandbox.readback import MAX_DEPTH, ReadBack, read_back


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "job" / "out").mkdir(parents=True)
    (tmp_path / "secret").write_text("of the host")
    descriptor = os.open(tmp_path / "job", os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def read(root: int, folder: str = "out", *, files: int = 100, size: int = 1_000) -> ReadBack:
    return read_back(root, folder, max_files=files, max_bytes=size)


def test_files_come_back_by_relative_path(root: int, tmp_path: Path) -> None:
    (tmp_path / "job/out/a/b").mkdir(parents=True)
    (tmp_path / "job/out/a/b/c").write_bytes(b"1")
    (tmp_path / "job/out/z").write_bytes(b"")
    assert read(root).files == {"a/b/c": b"1", "z": b""}


@pytest.mark.parametrize("target", ["../../secret", "/etc/passwd", "missing", "."])
def test_no_link_is_followed(root: int, tmp_path: Path, target: str) -> None:
    (tmp_path / "job/out/link").symlink_to(target)
    assert read(root) == ReadBack(files={}, refused=["link"])


@pytest.mark.parametrize("folder", ["..", "../..", "out/../..", "link", "link/inner", "missing"])
def test_the_folder_itself_is_reached_without_links(root: int, tmp_path: Path, folder: str) -> None:
    (tmp_path / "elsewhere" / "inner").mkdir(parents=True)
    (tmp_path / "elsewhere" / "inner" / "x").write_text("of the host")
    (tmp_path / "job" / "link").symlink_to(tmp_path / "elsewhere")
    assert read(root, folder) == ReadBack(files={}, refused=[folder])


def test_a_hard_link_to_another_file_is_refused(root: int, tmp_path: Path) -> None:
    os.link(tmp_path / "secret", tmp_path / "job/out/mine")
    assert read(root).refused == ["mine"]


def test_a_fifo_does_not_block(root: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "job/out/fifo")
    assert read(root).refused == ["fifo"]


def test_a_sparse_terabyte_is_refused_and_the_rest_is_read(root: int, tmp_path: Path) -> None:
    with (tmp_path / "job/out/big").open("wb") as file:
        file.truncate(2**40)
    (tmp_path / "job/out/small").write_bytes(b"x")
    found = read(root)
    assert (found.files, found.refused, found.overflow) == ({"small": b"x"}, ["big"], True)


def test_all_files_together_are_bounded(root: int, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / "job/out" / name).write_bytes(b"x" * 400)
    found = read(root)
    assert (sorted(found.files), found.refused, found.overflow) == (["a", "b"], ["c"], True)


def test_the_number_of_files_is_bounded(root: int, tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / "job/out" / str(number)).write_bytes(b"")
    found = read(root, files=4)
    assert (len(found.files), found.overflow) == (4, True)


def test_folders_without_files_are_bounded_too(root: int, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / "job/out" / str(number)).mkdir()
    assert read(root, files=4).overflow


def test_depth_is_bounded(root: int, tmp_path: Path) -> None:
    deep = tmp_path.joinpath("job/out", *["d"] * (MAX_DEPTH + 2))
    deep.mkdir(parents=True)
    (deep / "x").write_bytes(b"x")
    found = read(root)
    assert found.files == {}
    assert len(found.refused) == 1


@pytest.mark.parametrize("name", [b"new\nline", b"bell\x07", b"\xff\xfe", b"esc\x1b[31m"])
def test_a_name_that_is_no_text_is_refused(root: int, tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path / "job/out") + b"/" + name)).write_bytes(b"x")
    found = read(root)
    assert found.files == {}
    assert len(found.refused) == 1
    found.refused[0].encode()
