"""What a trial of controls may spend, of its own and of the evaluation's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import inf

import pytest

from render_worker.browser import LIMITS
from render_worker.interaction.bounds import CPU_RESERVE, MAX_CPU_SECONDS, MAX_STEPS, WALL_RESERVE
from render_worker.interaction.trial import Purse, Spent
from services.sandbox.protocol import LimitName


@dataclass
class Account:
    """So much was used."""

    cpu_seconds: float
    limit_hit: LimitName | None = None
    peak_memory_bytes: int = 0


def test_what_the_visit_spent_ends_the_trial_before_the_limit() -> None:
    spent = LIMITS.cpu_seconds - CPU_RESERVE
    Purse(Account(spent - 0.1), inf, spent - 1).check(0, 0)
    with pytest.raises(Spent):
        Purse(Account(spent), inf, spent).check(0, 0)
    with pytest.raises(Spent):
        Purse(Account(spent), inf, spent).check_rest()


def test_the_end_of_the_evaluations_time_ends_the_trial() -> None:
    Purse(Account(1.0), time.monotonic() + 2 * WALL_RESERVE, 0.0).check(0, 0)
    with pytest.raises(Spent):
        Purse(Account(1.0), time.monotonic() + WALL_RESERVE, 0.0).check_rest()


def test_the_trials_own_bounds_hold_between_its_steps() -> None:
    for purse, steps in ((Purse(Account(MAX_CPU_SECONDS), inf, 0.0), 0), (Purse(Account(0.0), inf, 0.0), MAX_STEPS)):
        purse.check_rest()
        with pytest.raises(Spent):
            purse.check(steps, 0)
