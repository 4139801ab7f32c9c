"""When a browser may be asked again, and when a visit deserves another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render_worker.recycle import (
    HEAVY_BYTES,
    HEAVY_CPU_SECONDS,
    REST_BYTES,
    Rested,
    Served,
    deserves_another,
    is_suspicious,
    may_serve,
    may_stay,
)
from render_worker.verdict import End

GOOD = Served(sound=True, jobs=3, cpu_seconds=2.0, peak_memory_bytes=200_000_000)
QUIET = Rested(seconds=10.0, cpu_seconds=0.0, memory_bytes=80_000_000)


def test_a_browser_stays_for_as_many_jobs_as_it_may_serve() -> None:
    assert may_stay(GOOD, most_jobs=4)
    assert not may_stay(replace(GOOD, jobs=4), most_jobs=4)


@pytest.mark.parametrize(
    "served",
    [
        replace(GOOD, sound=False),
        replace(GOOD, cpu_seconds=HEAVY_CPU_SECONDS + 1),
        replace(GOOD, peak_memory_bytes=HEAVY_BYTES + 1),
    ],
)
def test_anything_unusual_ends_it(served: Served) -> None:
    assert not may_stay(served, most_jobs=100)


def test_one_that_grew_or_works_at_rest_is_not_asked_again() -> None:
    assert may_serve(QUIET)
    assert not may_serve(replace(QUIET, memory_bytes=REST_BYTES + 1))
    assert not may_serve(replace(QUIET, cpu_seconds=5.0))
    assert may_serve(Rested(seconds=36_000.0, cpu_seconds=60.0, memory_bytes=80_000_000))


@pytest.mark.parametrize("fresh", [True, False])
def test_a_browser_that_died_or_did_not_draw_is_replaced_before_anyone_is_blamed(fresh: bool) -> None:
    assert deserves_another(End.DIED, frame_lost=False, hung=False, fresh=fresh)
    assert deserves_another(End.DIED, frame_lost=True, hung=False, fresh=fresh)


@pytest.mark.parametrize("end", [End.MEMORY, End.PROCESSES, End.CRASHED, End.DISK])
def test_what_a_used_browser_did_may_come_of_its_past(end: End) -> None:
    assert deserves_another(end, frame_lost=False, hung=False, fresh=False)
    assert not deserves_another(end, frame_lost=False, hung=False, fresh=True)


def test_time_that_was_spent_is_the_jobs_own() -> None:
    for fresh in (True, False):
        assert not deserves_another(End.DONE, frame_lost=False, hung=False, fresh=fresh)
        assert not deserves_another(End.WALL, frame_lost=False, hung=False, fresh=fresh)
        assert not deserves_another(End.CPU, frame_lost=False, hung=True, fresh=fresh)


def test_only_ends_without_a_named_limit_need_a_control_page() -> None:
    assert {end for end in End if is_suspicious(end)} == {End.DIED, End.CRASHED}
