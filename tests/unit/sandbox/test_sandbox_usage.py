"""Which limit a sample exceeds."""

from __future__ import annotations

import pytest

from services.sandbox.cage import status_number
from services.sandbox.protocol import LimitName, Limits
from services.sandbox.supervise import Output
from services.sandbox.usage import Usage, exceeded

LIMITS = Limits(cpu_seconds=10, wall_seconds=60, memory_bytes=1_000, processes=8)


@pytest.mark.parametrize(
    ("usage", "wall", "expected"),
    [
        (Usage(10.0, 1_000, 8, 64), 60.0, None),
        (Usage(cpu_seconds=10.1), 11.0, "cpu"),
        (Usage(memory_bytes=1_001), 1.0, "memory"),
        (Usage(processes=9), 1.0, "processes"),
        (Usage(processes=1, threads=65), 1.0, "processes"),
        (Usage(), 60.1, "wall"),
        (Usage(disk_full=True), 1.0, "disk"),
    ],
)
def test_each_limit_has_its_name(usage: Usage, wall: float, expected: LimitName | None) -> None:
    assert exceeded(usage, LIMITS, wall) == expected


def test_cpu_is_blamed_before_the_clock() -> None:
    assert exceeded(Usage(cpu_seconds=11), LIMITS, 61.0) == "cpu"


def test_a_full_disk_is_blamed_before_the_memory_it_takes() -> None:
    assert exceeded(Usage(memory_bytes=2_000, disk_full=True), LIMITS, 1.0) == "disk"


def test_output_is_bounded_over_both_streams() -> None:
    output = Output(limit=5)
    output.take(1, b"abc")
    output.take(2, b"de")
    assert not output.overflow
    output.take(1, b"f")
    assert output.overflow
    assert (output.of(1), output.of(2), output.of(3)) == (b"abc", b"de", b"")


def test_a_status_report_is_read_by_name() -> None:
    report = b'{ "child-pid": 42, "net-namespace": 7 }\n{ "exit-code": 3 }\n'
    assert status_number(report, "child-pid") == 42
    assert status_number(report, "exit-code") == 3
    assert status_number(b'{ "child-pid": 42 }\n{ "exit', "exit-code") is None
