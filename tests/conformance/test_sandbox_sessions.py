"""What every sandbox promises of a program that stays and answers requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from services.errors import SandboxError
from services.sandbox import Limits, Sandbox, SandboxJob, Session
from tests.support.sandboxes import bodies, sandbox_body

pytestmark = pytest.mark.stack

LIMITS = Limits(
    cpu_seconds=5, wall_seconds=30, memory_bytes=200_000_000, processes=16, disk_bytes=20_000_000, output_bytes=10_000
)
PATIENT = replace(LIMITS, wall_seconds=300)
"""For what spends its CPU time: on a busy machine five seconds of it may take minutes."""

TALKER = r"""
import os, struct, subprocess, sys, time

def read(count):
    return sys.stdin.buffer.read(count)

def reply(content):
    sys.stdout.buffer.write(struct.pack(">I", len(content)) + content)
    sys.stdout.buffer.flush()

while head := read(4):
    word, _, rest = read(struct.unpack(">I", head)[0]).partition(b" ")
    if word == b"echo":
        reply(rest)
    elif word == b"spin":
        while True:
            pass
    elif word == b"hoard":
        kept = [bytearray(os.urandom(1)) * 10_000_000 for _ in range(100)]
    elif word == b"swarm":
        for _ in range(100):
            subprocess.Popen(["/bin/sleep", "60"])
        reply(b"")
    elif word == b"fill":
        with open("/job/big", "wb") as file:
            file.write(bytes(100_000_000))
    elif word == b"flood":
        reply(bytes(30_000_000))
    elif word == b"shout":
        sys.stderr.write("x" * 1_000_000)
        sys.stderr.flush()
        reply(b"")
    elif word == b"mutter":
        sys.stderr.write("mutter")
        sys.stderr.flush()
        reply(b"")
    elif word == b"twice":
        sys.stdout.buffer.write((struct.pack(">I", 3) + b"one") * 2)
        sys.stdout.buffer.flush()
    elif word == b"burn":
        end = time.process_time() + 2
        while time.process_time() < end:
            pass
        reply(b"")
    elif word == b"keep":
        open("/job/kept", "wb").write(rest)
        reply(b"")
    elif word == b"kept":
        reply(open("/job/kept", "rb").read())
    elif word == b"environment":
        reply(open("/proc/self/environ", "rb").read())
    elif word == b"interfaces":
        reply(open("/proc/net/dev", "rb").read())
    elif word == b"end":
        sys.exit(3)
"""

JOB = SandboxJob(("/usr/bin/python3", "-c", TALKER), environment={"PATH": "/usr/bin:/bin"}, limits=LIMITS)


@pytest.fixture(params=bodies())
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with sandbox_body(request.param) as body:
        yield body


@pytest.fixture
def session(sandbox: Sandbox) -> Iterator[Session]:
    with sandbox.open(JOB) as opened:
        yield opened


def ask(session: Session, request: bytes) -> bytes | None:
    return session.ask(request, LIMITS).reply


def test_a_reply_comes_back_whole(session: Session) -> None:
    content = bytes(range(256)) * 60_000
    assert ask(session, b"echo " + content) == content
    assert ask(session, b"echo ") == b""
    assert session.usable


def test_the_program_stays_between_requests(session: Session) -> None:
    ask(session, b"keep this")
    assert ask(session, b"kept") == b"this"


def test_what_it_says_on_standard_error_belongs_to_the_request(session: Session) -> None:
    assert session.ask(b"mutter", LIMITS).stderr == b"mutter"
    assert session.ask(b"echo x", LIMITS).stderr == b""


@pytest.mark.parametrize(
    ("request_", "limit"),
    [
        (b"spin", "cpu"),
        (b"hoard", "memory"),
        (b"swarm", "processes"),
        (b"fill", "disk"),
        (b"flood", "output"),
        (b"shout", "output"),
    ],
)
def test_the_limit_that_ended_it_is_named(session: Session, request_: bytes, limit: str) -> None:
    answer = session.ask(request_, PATIENT)
    assert (answer.reply, answer.limit_hit) == (None, limit)
    assert answer.mechanism in {"sampled", "cgroup"}
    assert not session.usable


def test_waiting_for_ever_ends_at_the_wall_limit(sandbox: Sandbox) -> None:
    job = SandboxJob(("/bin/sleep", "60"), environment={"PATH": "/usr/bin:/bin"}, limits=LIMITS)
    with sandbox.open(job) as silent:
        answer = silent.ask(b"echo", Limits(wall_seconds=0.3))
    assert (answer.limit_hit, answer.contended) == ("wall", True)


def test_cpu_time_counts_from_each_requests_beginning(session: Session) -> None:
    for _ in range(4):
        answer = session.ask(b"burn", PATIENT)
        assert answer.reply == b""
        assert 1 < answer.cpu_seconds < LIMITS.cpu_seconds


@pytest.mark.parametrize("request_", [b"end", b"twice"])
def test_an_end_or_a_broken_frame_is_no_reply(session: Session, request_: bytes) -> None:
    assert session.ask(request_, LIMITS).reply is None
    assert not session.usable


def test_what_has_ended_refuses_to_be_asked(session: Session) -> None:
    session.ask(b"end", LIMITS)
    with pytest.raises(SandboxError):
        session.ask(b"echo x", LIMITS)


def test_it_sees_no_environment_and_no_network(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY", "secret")
    assert b"CANARY" not in (ask(session, b"environment") or b"CANARY")
    interfaces = (ask(session, b"interfaces") or b"").decode().splitlines()[2:]
    assert [line.split(":")[0].strip() for line in interfaces] in (["lo"], [])
