"""Programs that a limit ends in a sandbox are counted by that limit; those that end by themselves are not."""

from __future__ import annotations

import subprocess

from services.sandbox import Limits, SandboxJob, make_sandbox
from services.settings import SandboxSettings
from services.telemetry.metrics import REGISTRY

SPIN = ("/bin/sh", "-c", "while :; do :; done")
LIMITS = Limits(cpu_seconds=0.3, wall_seconds=60.0, memory_bytes=200_000_000, processes=16)


def job(*argv: str) -> SandboxJob:
    return SandboxJob(argv, environment={"PATH": "/usr/bin:/bin"}, limits=LIMITS)


def kills(limit: str) -> float:
    labels = {"limit": limit, "mechanism": "sampled"}
    return REGISTRY.get_sample_value("webgen_sandbox_kills_total", labels) or 0.0


def test_a_program_that_is_ended_is_counted_once_by_its_limit() -> None:
    before = kills("cpu"), kills("wall")
    assert make_sandbox(SandboxSettings()).run(job(*SPIN)).limit_hit == "cpu"
    assert (kills("cpu"), kills("wall")) == (before[0] + 1, before[1])


def test_a_program_that_ends_by_itself_is_not() -> None:
    before = kills("cpu")
    assert make_sandbox(SandboxSettings()).run(job("/bin/false")).exit_code == 1
    assert kills("cpu") == before


def test_a_wrapped_program_that_is_ended_is_counted_once_for_its_job() -> None:
    before = kills("cpu")
    with make_sandbox(SandboxSettings()).wrap(job(*SPIN)) as wrapped, wrapped.watch.account():
        ended = subprocess.run([wrapped.executable], check=False, capture_output=True, timeout=60)
    assert ended.returncode != 0
    assert kills("cpu") == before + 1
