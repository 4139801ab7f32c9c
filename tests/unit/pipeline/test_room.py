"""The room: ordinary jobs share it, a lone job has it to itself and is not starved."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from services.pipeline.room import entered
from services.stages import Stage


def is_free(path: Path, kind: int) -> bool:
    """Whether a lock could be taken by somebody else right now."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def test_ordinary_jobs_share_the_room(tmp_path: Path) -> None:
    with entered(tmp_path, Stage.BUILD, alone=False), entered(tmp_path, Stage.RENDER, alone=False):
        assert is_free(tmp_path / "room", fcntl.LOCK_SH)
        assert not is_free(tmp_path / "room", fcntl.LOCK_EX)


def test_a_lone_job_keeps_everyone_out(tmp_path: Path) -> None:
    with entered(tmp_path, Stage.BUILD, alone=True):
        assert not is_free(tmp_path / "room", fcntl.LOCK_SH)
        assert is_free(tmp_path / "turnstile", fcntl.LOCK_EX)
    assert is_free(tmp_path / "room", fcntl.LOCK_EX)


def test_a_job_that_wants_to_be_alone_stops_newcomers_while_it_waits(tmp_path: Path) -> None:
    inside = threading.Event()

    def lone() -> None:
        with entered(tmp_path, Stage.BUILD, alone=True):
            inside.set()

    with entered(tmp_path, Stage.BUILD, alone=False):
        thread = threading.Thread(target=lone)
        thread.start()
        while is_free(tmp_path / "turnstile", fcntl.LOCK_EX):
            assert not inside.is_set()
    assert inside.wait(30)
    thread.join()


def test_stages_that_run_nothing_of_a_candidates_need_no_room(tmp_path: Path) -> None:
    with entered(tmp_path, Stage.BUILD, alone=True), entered(tmp_path, Stage.JUDGE, alone=False):
        assert not is_free(tmp_path / "room", fcntl.LOCK_SH)
