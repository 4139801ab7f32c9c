"""One leader at a time, and a free lead is taken over."""

from __future__ import annotations

from services.stores.leader import make_leader
from tests.support.stacks import wait_until


def test_one_process_leads_at_a_time(database_url: str) -> None:
    with make_leader(database_url) as first, make_leader(database_url) as second:
        assert first.holds()
        assert first.holds()
        assert not second.holds()
    with make_leader(database_url) as third:
        # PostgreSQL frees a session's locks when it notices that its connection is gone.
        wait_until(third.holds, "the lead is free", 30)
