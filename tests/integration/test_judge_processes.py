"""Two real judge processes at one server: its limits hold for both together, and its key is nowhere else."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from judge_workers import JudgeWorkers, judge_workers
from vlm_faults import UNREADABLE

from services.contract import Status
from services.stages import Stage
from tests.support.judge_bench import picture, report_of
from tests.support.stacks import wait_until
from tests.support.vlm_server import VlmServer
from tests.support.vlm_wire import image_hash

pytestmark = [pytest.mark.quiet, pytest.mark.timeout(600)]
KEY = f"sk-{secrets.token_hex(16)}"
"""Another in each run, as the search goes through every process of the machine."""
CALLS, WINDOW = int(os.environ.get("JUDGE_CALLS", "20")), float(os.environ.get("JUDGE_WINDOW", "6"))
"""Calls that are allowed within so many seconds: by itself so few that a slow machine reaches them in a short test."""
ECHOING = ("normal", "down", "rate-limited-bare", "reset", "hang", "web-page", *UNREADABLE)
SURE = {"breaker_failures": "1000", "breaker_calls": "1000"}
"""A circuit that does not open."""


def test_two_processes_never_send_more_requests_than_allowed_in_any_window(tmp_path: Path) -> None:
    limits = {"limits__requests_per_minute": f"{CALLS}", "limits__window": f"{WINDOW}", "limits__concurrency": "5"}
    with VlmServer(api_key=KEY) as server, judge_workers(tmp_path, 2, server, KEY, **limits) as workers:
        ended = workers.ended(workers.submit("busy", CALLS))
        print(f"{len(server.log.calls)} calls; at most {server.log.most_in(WINDOW)} in any {WINDOW:g} s")
        assert [each.status for each in ended] == [Status.SCORED] * CALLS
        assert len(server.log.calls) == 3 * CALLS
        assert server.log.most_in(WINDOW) == CALLS, "the limit was reached, and kept"
        assert server.log.most_at_once() <= 5
        assert all(" succeeded in " in log.read_text() for log in workers.logs), "both took part"


@pytest.fixture
def server() -> Iterator[VlmServer]:
    with VlmServer(api_key=KEY) as started:
        yield started


def test_the_key_is_in_no_log_record_error_process_list_or_other_environment(tmp_path: Path, server: VlmServer) -> None:
    quick = {"timeout": "2", "retries": "1", **{f"limits__{name}": value for name, value in SURE.items()}}
    for number, mode in enumerate(ECHOING):
        server.set(mode, image_hash(picture(f"echo {number}")))
    server.set("slow", image_hash(picture("slow 0")))
    with judge_workers(tmp_path, 1, server, KEY, **quick) as workers:
        waiting = workers.submit("slow", 1)
        wait_until(lambda: len(server.requests) > 0, "a call")
        _assert_in_no_other_process({pid for process in workers.processes for pid in _family(process.pid)})
        ended = workers.ended(workers.submit("echo", len(ECHOING)) + waiting)
        assert {each.status for each in ended} == {Status.SCORED, Status.UNSCORED}
        assert {request.mode for request in server.requests} >= set(ECHOING)
        assert {request.authorization for request in server.requests} == {f"Bearer {KEY}"}
        assert report_of(ended[0], Stage.JUDGE).artifacts
        _assert_kept_nowhere(workers, [each.model_dump_json() for each in ended])


def _assert_in_no_other_process(own: set[int]) -> None:
    """No command line holds it, and no environment but that of the judge's own processes."""
    holding = {pid for pid in _processes() if _holds(Path(f"/proc/{pid}/environ"))}
    assert holding
    assert holding <= own
    assert not [pid for pid in _processes() if _holds(Path(f"/proc/{pid}/cmdline"))]


def _assert_kept_nowhere(workers: JudgeWorkers, answers: list[str]) -> None:
    """In no file of the service (records, blobs, logs), nothing in Redis, and nothing that the API would tell."""
    files = [path for path in workers.folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".db", ".log"}
    assert not [path for path in files if _holds(path)]
    assert not [answer for answer in answers if KEY in answer]
    with redis.Redis(unix_socket_path=str(workers.redis)) as client:
        names = client.keys("*")
        assert names
        assert not [name for name in names if KEY.encode() in name + (client.dump(name) or b"")]


def _family(pid: int) -> set[int]:
    """A process and its descendants."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return {pid} | {each for child in found.stdout.split() for each in _family(int(child))}


def _processes() -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*")]


def _holds(path: Path) -> bool:
    with suppress(OSError):
        return KEY.encode() in path.read_bytes()
    return False
