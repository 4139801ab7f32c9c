"""Accounts of a sandbox that serves one job after another, with a meter that the test reads for it."""

from __future__ import annotations

from dataclasses import dataclass

from services.sandbox.accounts import REST_SECONDS, Book
from services.sandbox.protocol import Limits
from services.sandbox.supervise import SAMPLE_SECONDS
from services.sandbox.usage import Usage


@dataclass
class Program:
    """A running sandbox and its meter in one."""

    cpu_seconds: float = 0.0
    memory_bytes: int = 0
    peak_memory_bytes: int = 0
    killed: bool = False

    def kill(self) -> None:
        self.killed = True

    def begin(self) -> float:
        self.peak_memory_bytes = 0
        return self.read().cpu_seconds

    def read(self) -> Usage:
        self.peak_memory_bytes = max(self.peak_memory_bytes, self.memory_bytes)
        return Usage(cpu_seconds=self.cpu_seconds, memory_bytes=self.memory_bytes)

    def disk_full(self) -> bool:
        return False


def test_each_account_begins_at_nothing_and_keeps_what_it_said() -> None:
    book, program = Book(Limits(cpu_seconds=10)), Program(cpu_seconds=3, memory_bytes=100)
    charge = book.open(program, program)
    with book.account() as first:
        program.cpu_seconds, program.memory_bytes = 11, 900
        book.sample(charge)
    program.memory_bytes = 200
    with book.account() as second:
        program.cpu_seconds = 20
        book.sample(charge)
    assert (first.cpu_seconds, first.peak_memory_bytes) == (8, 900)
    assert (second.cpu_seconds, second.peak_memory_bytes) == (9, 200)
    assert (book.cpu_seconds, book.peak_memory_bytes, book.memory_bytes) == (17, 900, 200)
    assert not program.killed


def test_a_limit_is_the_accounts_that_met_it() -> None:
    book, program = Book(Limits(cpu_seconds=10)), Program()
    charge = book.open(program, program)
    with book.account() as first:
        program.cpu_seconds = 9
        book.sample(charge)
    with book.account() as second:
        program.cpu_seconds = 20
        book.sample(charge)
    assert (first.limit_hit, second.limit_hit, book.limit_hit) == (None, "cpu", "cpu")
    assert program.killed


def test_what_is_learnt_at_the_end_is_named_on_the_open_account() -> None:
    book, program = Book(Limits()), Program()
    charge = book.open(program, program)
    with book.account() as job:
        book.name(charge, "memory")
        book.close(charge)
    assert job.limit_hit == "memory"


def test_at_rest_time_has_no_limit_but_memory_has() -> None:
    turns: list[float] = []
    book = Book(Limits(cpu_seconds=1, memory_bytes=1_000), lambda: turns.append(book.pause))
    program = Program()
    charge = book.open(program, program)
    with book.account():
        book.sample(charge)
    program.cpu_seconds = 50
    book.sample(charge)
    assert (book.limit_hit, turns) == (None, [SAMPLE_SECONDS, REST_SECONDS])
    program.memory_bytes = 2_000
    book.sample(charge)
    assert (book.limit_hit, program.killed) == ("memory", True)


def test_before_the_first_account_the_limits_are_those_of_the_start() -> None:
    book, program = Book(Limits(cpu_seconds=10)), Program()
    charge = book.open(program, program)
    program.cpu_seconds = 11
    book.sample(charge)
    assert book.limit_hit == "cpu"
