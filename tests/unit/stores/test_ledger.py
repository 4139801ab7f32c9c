"""The judge's ledger adds up, also where many write at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.errors import RecordError
from services.stores import ledger
from services.stores.ledger import Entry
from services.stores.migrations import upgrade
from services.stores.models import RunRow
from services.stores.records import Records

RUNS = ("one", "two")


@pytest.fixture
def records(database_url: str) -> Iterator[Records]:
    upgrade(database_url)
    opened = Records(database_url)
    with opened.write() as session:
        for name in RUNS:
            session.add(RunRow(name=name, profile_hash="p", versions={}, created_at=0.0))
    yield opened
    opened.close()


def call(run: str = "one", model: str = "m", currency: str = "USD", cost: int = 70, unpriced: int = 0) -> Entry:
    return Entry(run, model, currency, 1, unpriced, 100, 10, cost)


def enter(records: Records, *entries: Entry) -> None:
    with records.write() as session:
        ledger.enter(session, entries)


def test_calls_add_up_by_run_model_and_currency(records: Records) -> None:
    enter(records, call(), call(), call("two"), call(model="a", cost=5), call(currency="EUR", cost=9))
    enter(records, call(cost=0, unpriced=1))
    with records.read() as session:
        assert ledger.of_run(session, "one") == [
            Entry("one", "a", "USD", 1, 0, 100, 10, 5),
            Entry("one", "m", "EUR", 1, 0, 100, 10, 9),
            Entry("one", "m", "USD", 3, 1, 300, 30, 140),
        ]
        assert [ledger.spent(session, *key) for key in (("one", "USD"), ("two", "USD"), ("none", "USD"))] == [
            145,
            70,
            0,
        ]
        assert [(e.model, e.currency, e.calls, e.cost) for e in ledger.by_model(session)] == [
            ("a", "USD", 1, 5),
            ("m", "EUR", 1, 9),
            ("m", "USD", 4, 210),
        ]


def test_a_sum_beyond_32_bits_is_kept_whole(records: Records) -> None:
    enter(records, call(cost=2**53 + 1), call(cost=2**53))
    with records.read() as session:
        assert ledger.spent(session, "one", "USD") == 2**54 + 1


def test_writers_at_the_same_time_lose_nothing(records: Records) -> None:
    """Each has connections of its own, as processes have, and enters its models in another order."""

    def write(number: int) -> None:
        own = Records(records.url)
        models = ("a", "b") if number % 2 else ("b", "a")
        for _ in range(10):
            enter(own, *(call(model=model) for model in models))
        own.close()

    with ThreadPoolExecutor(8) as writers:
        list(writers.map(write, range(8)))
    with records.read() as session:
        assert [(entry.calls, entry.cost) for entry in ledger.of_run(session, "one")] == [(80, 5_600), (80, 5_600)]


def test_a_run_that_is_not_there_cannot_spend(records: Records) -> None:
    with pytest.raises(RecordError):
        enter(records, call("nobody"))
