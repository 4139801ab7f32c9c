"""One leader at a time, and a free lead is taken over."""

from __future__ import annotations

from services.stores.leader import make_leader


def test_one_process_leads_at_a_time(database_url: str) -> None:
    with make_leader(database_url) as first, make_leader(database_url) as second:
        assert first.holds()
        assert first.holds()
        assert not second.holds()
    with make_leader(database_url) as third:
        assert third.holds()
