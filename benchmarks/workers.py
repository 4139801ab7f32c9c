"""Workers side by side, each a process of its own, and what they tell while they work."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Any


def told_by(work: Callable[..., None], each: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """Start a worker for every tuple of arguments, and yield what they send as it comes.

    Args:
        work: takes the arguments and, last, the `Connection` that it tells its news by; at its end it has closed it.
    """
    context = multiprocessing.get_context("spawn")
    ends: list[Connection] = []
    for arguments in each:
        ours, theirs = context.Pipe(duplex=False)
        context.Process(target=work, args=(*arguments, theirs), daemon=True).start()
        theirs.close()
        ends.append(ours)
    while ends:
        for end in wait(ends):
            assert isinstance(end, Connection)
            try:
                yield end.recv()
            except EOFError:
                ends.remove(end)
