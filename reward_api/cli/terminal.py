"""Writing to a terminal: what was found goes to standard output, everything else to standard error."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console

WIDE = 220


def notes() -> Console:
    return Console(stderr=True, highlight=False)


def results() -> Console:
    """Wide where it is no terminal: a table in a file or a log is not folded to 80 columns."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)


def plain(text: str, *, keep_lines: bool = False) -> str:
    """Text as a terminal may show it: what a candidate wrote can move no cursor and hide nothing."""
    return "".join(c if c.isprintable() or (keep_lines and c == "\n") else " " for c in text)


def tell(line: str) -> None:
    """One line of news."""
    notes().print(plain(line, keep_lines=True), markup=False, soft_wrap=True)


@contextmanager
def interruptible(again: Callable[[], None]) -> Iterator[None]:
    """The first SIGINT, SIGTERM or SIGHUP raises KeyboardInterrupt here; every further one calls ``again``."""
    stopping = False

    def handle(_number: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        if stopping:
            again()
            return
        stopping = True
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
