"""The filter of system calls, run through a small interpreter of its language."""

from __future__ import annotations

import struct

import pytest

from services.sandbox.seccomp import REFUSED, seccomp_filter

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
MACHINES = {"x86_64": (0xC000003E, 41, 0), "aarch64": (0xC00000B7, 198, 1)}


def verdict(machine: str, number: int, argument: int = 0, audit: int | None = None) -> int:
    """What the kernel would do with a call."""
    program = seccomp_filter(machine)
    assert program
    steps = list(struct.iter_unpack("=HBBI", program))
    memory = {0: number, 4: MACHINES[machine][0] if audit is None else audit, 16: argument}
    value = position = 0
    while True:
        code, if_true, if_false, operand = steps[position]
        position += 1
        if code == 0x20:
            value = memory[operand]
        elif code == 0x15:
            position += if_true if value == operand else if_false
        elif code == 0x35:
            position += if_true if value >= operand else if_false
        else:
            return int(operand)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_listed_call_is_refused_and_its_neighbours_are_not(machine: str) -> None:
    column = MACHINES[machine][2]
    numbers = {both[column] for both in REFUSED.values()}
    for number in range(460):
        if number != MACHINES[machine][1]:
            assert verdict(machine, number) == (REFUSE if number in numbers else ALLOW), number


@pytest.mark.parametrize("machine", MACHINES)
def test_sockets_are_unix_ip_or_netlink(machine: str) -> None:
    socket = MACHINES[machine][1]
    allowed = {family for family in range(50) if verdict(machine, socket, family) == ALLOW}
    assert allowed == {1, 2, 10, 16}


def test_calls_of_another_architecture_end_the_process() -> None:
    assert verdict("x86_64", 1, audit=0x40000003) == KILL


def test_the_second_numbering_of_x86_is_refused() -> None:
    assert verdict("x86_64", 0x40000000 + 319) == REFUSE


def test_an_unknown_machine_has_no_filter() -> None:
    assert seccomp_filter("riscv64") is None
