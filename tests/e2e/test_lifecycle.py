"""`webgen-reward up`: Ctrl-C leaves nothing behind; after a SIGKILL it starts again and goes on."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from services.contract import Status
from tests.support.stacks import wait_until
from tests.support.variants import small_rollout
from trainer_client import RewardClient

pytestmark = [pytest.mark.stack, pytest.mark.chaos, pytest.mark.timeout(900)]
COMMAND = [
    str(Path(sys.executable).with_name("webgen-reward")),
    "up",
    "--port",
    "0",
    "--judge",
    "heuristic",
    "--data-dir",
]


class Up:
    """One `webgen-reward up` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.log = folder.with_suffix(".out")
        with self.log.open("ab") as out:
            self.start = out.tell()
            self.process = subprocess.Popen([*COMMAND, str(folder)], stdout=out, stderr=out, start_new_session=True)

    def said(self) -> str:
        return self.log.read_bytes()[self.start :].decode()

    def url(self) -> str:
        wait_until(lambda: "Ready." in self.said() or self.process.poll() is not None, "the stack is ready")
        found = re.search(r"API\s+(http://\S+)", self.said())
        assert found is not None, self.said()
        return found[1]


@contextmanager
def up(folder: Path) -> Iterator[Up]:
    started = Up(folder)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.kill()
        started.process.wait(60)


def runs(url: str) -> list[object]:
    found: list[object] = httpx.get(f"{url}/v1/runs", trust_env=False).json()["runs"]
    return found


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that were started for this data folder: named in arguments or environment."""
    needle, found = str(folder).encode(), []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            if needle in command or needle in (entry / "environ").read_bytes():
                found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def test_ctrl_c_stops_everything_and_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with up(folder) as running:
        url = running.url()
        body = {"run": "run", "rollouts": [small_rollout(f"site-{n}").model_dump(mode="json") for n in range(4)]}
        with ThreadPoolExecutor(1) as waiting:
            answer = waiting.submit(httpx.post, f"{url}/v1/score", json=body, timeout=120, trust_env=False)
            wait_until(lambda: len(runs(url)) == 1, "the submission was taken")
            running.process.send_signal(signal.SIGINT)
            assert running.process.wait(60) == 0, running.said()
            assert answer.result().status_code == 200, "a gateway that stops answers early, with ids"
            assert len(answer.result().json()["pending"]) > 0
    assert processes_of(folder) == []


def test_after_a_sigkill_nothing_is_left_and_the_next_start_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with up(folder) as first:
        with RewardClient(first.url()) as service:
            evaluations = service.submit([small_rollout(f"site-{number}") for number in range(6)], run="run")
        first.process.kill()
    wait_until(lambda: processes_of(folder) == [], "every process of the killed stack has ended", 30)
    with up(folder) as second, RewardClient(second.url()) as service:
        scores = service.wait([evaluation.id for evaluation in evaluations], deadline=400)
        assert [e.status for e in scores if e is not None] == [Status.SCORED] * 6
        with up(folder) as third:
            assert third.process.wait(120) != 0
            assert second.url() in third.said()
