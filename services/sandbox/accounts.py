"""Who used what of a sandbox that serves one job after another: an account for each job, and one for the rest between.

A wrapped program's limits hold for its account: CPU and wall-clock time count from its beginning, memory and
processes are the whole sandbox's.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from math import inf

from services.sandbox.protocol import LimitName, Limits
from services.sandbox.supervise import MECHANISM, SAMPLE_SECONDS, Killable, Metered, Supervisor
from services.telemetry.work import limit_met

REST_SECONDS = 1.0
"""Between two samples while nothing is worked on."""


class Account:
    """What the launches of one wrapped program used for one job: a `Watch`. Closed, it says what it said last."""

    def __init__(self, limits: Limits, pause: float = SAMPLE_SECONDS) -> None:
        self.limits = limits
        self.pause = pause
        self._supervisors: list[Supervisor] = []
        self._used: tuple[float, int] | None = None

    @property
    def limit_hit(self) -> LimitName | None:
        return next((s.limit_hit for s in self._supervisors if s.limit_hit), None)

    @property
    def cpu_seconds(self) -> float:
        return self._used[0] if self._used else sum(s.cpu_seconds for s in self._supervisors)

    @property
    def peak_memory_bytes(self) -> int:
        return self._used[1] if self._used else max((s.peak_memory_bytes for s in self._supervisors), default=0)

    def supervise(self, cage: Killable, meter: Metered) -> Supervisor:
        supervisor = Supervisor(cage, self.limits, meter)
        self._supervisors.append(supervisor)
        return supervisor

    def close(self) -> None:
        self._used = (self.cpu_seconds, self.peak_memory_bytes)


@dataclass
class Charge:
    """A running launch, and who watches it for the present account."""

    cage: Killable
    meter: Metered
    supervisor: Supervisor


@dataclass
class Book:
    """The accounts of one wrapped program: that of its start, then those of its jobs and of the rest between them.

    Its own figures are those of all accounts together. May be used from several threads.

    Attributes:
        limits: of every job, and of the program before its first.
        turned: called when another account begins.
        mechanism: what enforces the limits.
    """

    limits: Limits
    turned: Callable[[], None] = lambda: None
    mechanism: str = MECHANISM
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _charges: list[Charge] = field(default_factory=list)
    _account: Account = field(init=False)
    _before: tuple[LimitName | None, float, int] = (None, 0.0, 0)

    def __post_init__(self) -> None:
        self._account = Account(self.limits)

    @property
    def pause(self) -> float:
        """Seconds until the next sample is due."""
        return self._account.pause

    @property
    def limit_hit(self) -> LimitName | None:
        return self._before[0] or self._account.limit_hit

    @property
    def cpu_seconds(self) -> float:
        return self._before[1] + self._account.cpu_seconds

    @property
    def peak_memory_bytes(self) -> int:
        return max(self._before[2], self._account.peak_memory_bytes)

    @property
    def memory_bytes(self) -> int:
        """What all launches use now."""
        with self._lock:
            return sum(charge.meter.read().memory_bytes for charge in self._charges)

    @contextmanager
    def account(self) -> Iterator[Account]:
        """The account of one job, who is charged for everything until it is left; then the program rests."""
        job = Account(self.limits)
        self._turn(job)
        try:
            yield job
        finally:
            self._turn(Account(replace(self.limits, cpu_seconds=inf, wall_seconds=inf), REST_SECONDS))

    def open(self, cage: Killable, meter: Metered) -> Charge:
        """A launch begins."""
        with self._lock:
            charge = Charge(cage, meter, self._account.supervise(cage, meter))
            self._charges.append(charge)
            return charge

    def close(self, charge: Charge) -> None:
        """A launch has ended, and cannot be looked at any more."""
        with self._lock:
            self._charges.remove(charge)

    def sample(self, charge: Charge) -> None:
        with self._lock:
            charge.supervisor.sample()

    def name(self, charge: Charge, limit: LimitName) -> None:
        """Say what ended a launch, whatever was thought before."""
        with self._lock:
            charge.supervisor.limit_hit = limit

    def _turn(self, account: Account) -> None:
        with self._lock:
            ended = self._account
            ended.close()
            limit_met(ended.limit_hit, self.mechanism)
            self._before = (self.limit_hit, self.cpu_seconds, self.peak_memory_bytes)
            self._account = account
            for charge in self._charges:
                charge.supervisor = account.supervise(charge.cage, charge.meter)
        self.turned()
