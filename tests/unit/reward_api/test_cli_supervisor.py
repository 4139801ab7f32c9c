"""The supervisor with real processes: restarts, orderly ends, and nothing left behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reward_api.embedded.child import run_to_end
from reward_api.embedded.errors import StackError, StackRunning
from reward_api.embedded.folder import FolderLock, free_port, make_folders, redis_socket
from reward_api.embedded.plan import Spawn
from reward_api.embedded.supervisor import Supervisor

PATIENT = "import time; time.sleep(600)"
WITH_A_CHILD = (
    "import os, time\n"
    "child = os.fork()\n"
    "if child: open('grandchild.new', 'w').write(str(child)); os.rename('grandchild.new', 'grandchild')\n"
    "time.sleep(600)"
)
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open('deaf', 'w').close(); time.sleep(600)"
NOTES_ITS_END = (
    "import os, signal, sys, time\n"
    "def end(*_): open('ends', 'a').write(sys.argv[1] + '\\n'); sys.exit()\n"
    "signal.signal(signal.SIGTERM, end); open(sys.argv[1], 'w').close(); time.sleep(600)"
)


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something that will be so, or fail."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def process(name: str, program: str, rank: int = 1) -> Spawn:
    return Spawn(name, (sys.executable, "-S", "-c", program, name), {}, rank)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., Supervisor]]:
    running: list[Supervisor] = []

    def start(*spawns: Spawn, report: Callable[[str], None] = lambda _line: None) -> Supervisor:
        supervisor = Supervisor(spawns, tmp_path / "logs", tmp_path, report)
        running.append(supervisor)
        supervisor.start()
        until(lambda: len(supervisor.pids()) == len(spawns))
        return supervisor

    yield start
    for supervisor in running:
        supervisor.stop()


def test_a_process_that_died_is_started_again_and_reported(started: Callable[..., Supervisor]) -> None:
    news: list[str] = []
    supervisor = started(process("work", PATIENT), report=news.append)
    killed = supervisor.signal("work", signal.SIGKILL)
    until(lambda: supervisor.pids().get("work", killed) != killed)
    assert news == ["work ended (SIGKILL) and is started again"]


def test_a_process_that_does_not_stay_up_is_counted(tmp_path: Path) -> None:
    broken = Supervisor([process("broken", "raise SystemExit('no')")], tmp_path / "logs", tmp_path, lambda _: None)
    broken.start()
    until(lambda: broken.deaths()["broken"] >= 2)
    broken.stop()
    assert "no" in (tmp_path / "logs" / "broken.log").read_text()


def test_a_killed_process_takes_its_own_children_with_it(started: Callable[..., Supervisor], tmp_path: Path) -> None:
    supervisor = started(process("pool", WITH_A_CHILD))
    until((tmp_path / "grandchild").exists)
    grandchild = int((tmp_path / "grandchild").read_text())
    supervisor.signal("pool", signal.SIGKILL)
    until(lambda: not alive(grandchild))


def test_stopping_goes_down_the_ranks(started: Callable[..., Supervisor], tmp_path: Path) -> None:
    supervisor = started(
        *(process(name, NOTES_ITS_END, rank) for rank, name in enumerate(("first", "second", "third")))
    )
    until(lambda: all((tmp_path / name).exists() for name in ("first", "second", "third")))
    supervisor.stop()
    assert (tmp_path / "ends").read_text().split() == ["third", "second", "first"]
    assert supervisor.pids() == {}


def test_who_does_not_listen_is_ended_all_the_same(started: Callable[..., Supervisor], tmp_path: Path) -> None:
    supervisor = started(process("deaf", DEAF))
    until((tmp_path / "deaf").exists)
    pid = supervisor.pids()["deaf"]
    supervisor.hurry()
    supervisor.stop()
    assert not alive(pid)


def test_when_the_stack_is_killed_nothing_survives_it(tmp_path: Path) -> None:
    program = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from reward_api.embedded.plan import Spawn\n"
        "from reward_api.embedded.supervisor import Supervisor\n"
        "here = Path(sys.argv[1])\n"
        "spawn = Spawn('pool', (sys.executable, '-S', '-c', sys.argv[2]), {}, 1)\n"
        "Supervisor([spawn], here / 'logs', here, print).start()\n"
        "time.sleep(600)\n"
    )
    stack = subprocess.Popen([sys.executable, "-c", program, str(tmp_path), WITH_A_CHILD])
    try:
        until((tmp_path / "grandchild").exists)
        grandchild = int((tmp_path / "grandchild").read_text())
        child = int(Path(f"/proc/{grandchild}/stat").read_text().rpartition(")")[2].split()[1])
    finally:
        stack.kill()
        stack.wait()
    until(lambda: not alive(child) and not alive(grandchild))


def test_a_step_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    status = run_to_end(process("slow", WITH_A_CHILD), tmp_path / "slow.log", tmp_path, 4.0)
    assert status == -signal.SIGKILL
    grandchild = int((tmp_path / "grandchild").read_text())
    until(lambda: not alive(grandchild))


def test_a_step_s_exit_status_is_its_answer(tmp_path: Path) -> None:
    failing = process("failing", "raise SystemExit(3)")
    assert run_to_end(failing, tmp_path / "failing.log", tmp_path, 60.0) == 3


def test_a_second_stack_on_the_same_folder_is_told_of_the_first(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.take("http://127.0.0.1:8123")
    with pytest.raises(StackRunning, match="8123"):
        second.take("http://127.0.0.1:9")
    first.release()
    second.take("http://127.0.0.1:9")
    second.release()


def test_a_port_in_use_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StackError, match="cannot listen"):
            free_port("127.0.0.1", taken.getsockname()[1])
    assert free_port("127.0.0.1", 0) > 0


def test_a_long_data_folder_gets_a_private_short_one_for_its_socket(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    make_folders(deep)
    found = redis_socket(deep)
    try:
        assert len(str(found)) <= 100
        assert found.parent.stat().st_mode & 0o077 == 0
        assert redis_socket(deep) == found
    finally:
        found.parent.rmdir()
