"""Scratch folders: gone afterwards, also when their process was killed; never taken from a living one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services.scratch import scratch_folder

HOLDER = """
import sys, pathlib
from services.scratch import scratch_folder
with scratch_folder(pathlib.Path(sys.argv[1]), "job-") as folder:
    (folder / "file").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


def hold(parent: Path) -> tuple[subprocess.Popen[str], Path]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(parent)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    return holder, Path(holder.stdout.readline().strip())


def test_a_folder_is_gone_afterwards(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, "job-") as folder:
        (folder / "file").write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_renamed_away_stays(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, "job-") as folder:
        folder.rename(tmp_path / "result")
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


def test_a_killed_process_leaves_a_folder_only_until_the_next_call(tmp_path: Path) -> None:
    with hold(tmp_path)[0] as holder:
        holder.kill()
    assert len(list(tmp_path.iterdir())) == 1
    with scratch_folder(tmp_path, "job-") as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_a_living_process_keeps_its_folder(tmp_path: Path) -> None:
    holder, held = hold(tmp_path)
    with holder:
        with scratch_folder(tmp_path, "job-"):
            assert (held / "file").exists()
        holder.communicate("")
    assert list(tmp_path.iterdir()) == []
