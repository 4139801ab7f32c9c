"""What the Docker body leaves on its engine: nothing, also after a worker that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from services.sandbox import Limits, SandboxJob, make_sandbox
from services.sandbox.docker import Docker, end_left, engine_address
from services.sandbox.docker.engine import Engine
from services.sandbox.docker.owner import own_mark
from tests.support.sandboxes import DOCKER, bodies

pytestmark = [pytest.mark.stack, pytest.mark.skipif("docker" not in bodies(), reason="no container engine answers")]

JOB = SandboxJob(("/bin/true",), environment={"PATH": "/usr/bin:/bin"}, limits=Limits(memory_bytes=100_000_000))

WORKER = """
import sys, time
from services.sandbox import Limits, SandboxJob
from services.sandbox.docker import Docker
from services.settings import SandboxSettings
docker = Docker(SandboxSettings(kind="docker", ready=1))
limits = Limits(memory_bytes=100_000_000)
docker.run(SandboxJob(("/bin/true",), environment={"PATH": "/usr/bin:/bin"}, limits=limits))
with docker.open(SandboxJob(("/bin/sleep", "4714"), environment={"PATH": "/usr/bin:/bin"}, limits=limits)):
    print("open", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    with closing(Engine(engine_address(DOCKER))) as opened:
        yield opened


def test_nothing_is_left_after_close(engine: Engine) -> None:
    with closing(Docker(DOCKER)) as docker:
        assert docker.run(JOB).exit_code == 0
        with docker.open(JOB):
            pass
        with docker.wrap(JOB) as wrapped:
            subprocess.run([wrapped.executable], check=True)
    assert own_mark() not in engine.owners().values()


def test_what_a_killed_worker_left_is_ended_by_the_next(engine: Engine) -> None:
    worker = subprocess.Popen([sys.executable, "-c", WORKER], stdout=subprocess.PIPE)
    assert worker.stdout
    assert worker.stdout.readline() == b"open\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    assert any(f":{worker.pid}:" in mark for mark in engine.owners().values())
    make_sandbox(DOCKER)
    assert not any(f":{worker.pid}:" in mark for mark in engine.owners().values())


def test_what_another_worker_uses_is_left_alone() -> None:
    with closing(Docker(DOCKER)) as docker, docker.open(JOB):
        before = _own()
        end_left(DOCKER)
        assert _own() >= before > 0


def test_a_forked_worker_has_containers_of_its_own() -> None:
    with closing(Docker(DOCKER)) as docker:
        assert docker.run(JOB).exit_code == 0
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = docker.run(JOB).exit_code
                docker.close()
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert docker.run(JOB).exit_code == 0


def _own() -> int:
    with closing(Engine(engine_address(DOCKER))) as engine:
        return sum(mark == own_mark() for mark in engine.owners().values())
