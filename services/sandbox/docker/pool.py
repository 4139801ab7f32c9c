"""Ready containers, kept by shape for the shapes used last: a job takes one, and another is made behind it."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Callable

from services.errors import SandboxError
from services.sandbox.docker.held import Held
from services.sandbox.docker.shape import Shape

SHAPES = 4
"""How many shapes have ready containers at a time."""


class Pool:
    """Threads may share it. One thread of its own makes and removes containers, so that no job waits for that.

    Args:
        make: starts a container of a shape.
        ready: how many wait for jobs of one shape.
    """

    def __init__(self, make: Callable[[Shape], Held], ready: int) -> None:
        self._make = make
        self._ready = ready
        self._lock = threading.Lock()
        self._waiting: OrderedDict[Shape, deque[Held]] = OrderedDict()
        self._errands: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run_errands, name="sandbox-pool", daemon=True)
        self._thread.start()

    def take(self, shape: Shape) -> Held:
        """A ready container, made now where none waits.

        Raises:
            SandboxError: none could be made.
        """
        held = self._pop(shape)
        taken = held or self._make(shape)
        self._errands.put(lambda: self._refill(shape))
        return taken

    def discard(self, held: Held) -> None:
        """Have a container removed soon."""
        held.link.close()
        self._errands.put(held.remove)

    def close(self) -> None:
        """Remove every container; none is made afterwards."""
        self._ready = 0
        self._errands.put(None)
        self._thread.join()
        dropped = self._drop(0)
        for held in dropped:
            held.link.close()  # so that all end at the same time
        for held in dropped:
            with contextlib.suppress(SandboxError):
                held.remove()

    def forget(self) -> None:
        """In a process that was forked from the owner: let go of its connections, and touch nothing."""
        for waiting in self._waiting.values():
            for held in waiting:
                held.link.close()

    def _pop(self, shape: Shape) -> Held | None:
        with self._lock:
            waiting = self._waiting.setdefault(shape, deque())
            self._waiting.move_to_end(shape)
            while waiting:
                held = waiting.popleft()
                if held.link.is_alive():
                    return held
                self._errands.put(held.remove)
        return None

    def _refill(self, shape: Shape) -> None:
        for held in self._drop(SHAPES):
            held.remove()
        while self._wants(shape):
            held = self._make(shape)
            with self._lock:
                waiting = self._waiting.get(shape)
                if waiting is not None:
                    waiting.append(held)
                    continue
            held.remove()

    def _wants(self, shape: Shape) -> bool:
        with self._lock:
            waiting = self._waiting.get(shape)
            return waiting is not None and len(waiting) < self._ready

    def _drop(self, keep: int) -> list[Held]:
        """Forget all but the shapes used last; the containers of the others."""
        dropped: list[Held] = []
        with self._lock:
            while len(self._waiting) > keep:
                dropped += self._waiting.popitem(last=False)[1]
        return dropped

    def _run_errands(self) -> None:
        while errand := self._errands.get():
            # What fails here fails again, and is told, when a job needs it.
            with contextlib.suppress(SandboxError):
                errand()
