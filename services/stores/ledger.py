"""The ledger of the judge: calls, tokens and cost by run and model. Added to in the database itself, so that processes
that write at the same time add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from services.stores.models import SpendingRow

_SUMMED = ("calls", "unpriced_calls", "prompt_tokens", "completion_tokens", "cost")
_KEY = ("run", "model", "currency")


@dataclass(frozen=True, slots=True)
class Entry:
    """Calls of one model for one run.

    Attributes:
        model: as it is asked for.
        currency: of ``cost``, and of the prices that were valid when the calls were made.
        unpriced_calls: of ``calls``, those of a model that had no price: they are not in ``cost``.
        cost: units of 10^-10 of the currency.
    """

    run: str
    model: str
    currency: str
    calls: int
    unpriced_calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: int


def enter(session: Session, entries: Iterable[Entry]) -> None:
    """Add entries up with what the ledger has. In the order of their keys, so that two writers never wait for each
    other crosswise.

    Raises:
        DBAPIError: the run does not exist.
    """
    make = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    for entry in sorted(entries, key=lambda entry: (entry.run, entry.model, entry.currency)):
        adding = make(SpendingRow).values(**asdict(entry))
        sums = {column: getattr(SpendingRow, column) + adding.excluded[column] for column in _SUMMED}
        session.execute(adding.on_conflict_do_update(index_elements=_KEY, set_=sums))


def spent(session: Session, run: str, currency: str) -> int:
    """Units of the currency that a run has spent, as far as its calls had a price."""
    query = select(func.sum(SpendingRow.cost)).where(SpendingRow.run == run, SpendingRow.currency == currency)
    return int(session.scalar(query) or 0)


def of_run(session: Session, run: str) -> list[Entry]:
    """What a run spent by model and currency, in this order."""
    query = select(SpendingRow).where(SpendingRow.run == run).order_by(SpendingRow.model, SpendingRow.currency)
    return [_entry(row) for row in session.scalars(query.execution_options(populate_existing=True))]


def by_model(session: Session) -> list[Entry]:
    """What all runs together spent by model and currency, in this order; ``run`` is empty."""
    sums = [func.sum(getattr(SpendingRow, column)) for column in _SUMMED]
    key = (SpendingRow.model, SpendingRow.currency)
    rows = session.execute(select(*key, *sums).group_by(*key).order_by(*key))
    return [Entry("", model, currency, *map(int, numbers)) for model, currency, *numbers in rows]


def _entry(row: SpendingRow) -> Entry:
    return Entry(**{column: getattr(row, column) for column in (*_KEY, *_SUMMED)})
