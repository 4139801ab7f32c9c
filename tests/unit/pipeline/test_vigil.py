"""Since when the reaper has been watching: what ran out before that is nobody's fault."""

from __future__ import annotations

from services.pipeline.reaper import Vigil


def test_a_watch_goes_on_while_sweeps_follow_one_another() -> None:
    vigil = Vigil(interval=5)
    assert [vigil.watching_since(now) for now in (100.0, 105.0, 112.0)] == [100.0, 100.0, 100.0]


def test_a_gap_or_a_failed_sweep_begins_a_new_watch() -> None:
    vigil = Vigil(interval=5)
    vigil.watching_since(100.0)
    assert vigil.watching_since(200.0) == 200.0
    vigil.broken()
    assert vigil.watching_since(205.0) == 205.0
