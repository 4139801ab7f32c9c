"""How long a judging waited for its turn, whichever of its calls did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

LARGE_SHARE = 0.5
"""Of a judging's deadline: where so much went by in waiting for room, being late is the limits' doing."""

COME_AGAIN = (5.0, 30.0)
"""Seconds, from and to, after which a judging that found no room tries anew; drawn by chance, to spread them."""


class Waiting:
    """Adds up the time in which at least one call waits. For one event loop."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._calls = 0
        self._since = 0.0
        self._before = 0.0

    @property
    def seconds(self) -> float:
        return self._before + (self._clock() - self._since if self._calls else 0.0)

    @contextmanager
    def counted(self) -> Iterator[None]:
        """While a call waits."""
        if not self._calls:
            self._since = self._clock()
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1
            if not self._calls:
                self._before += self._clock() - self._since
