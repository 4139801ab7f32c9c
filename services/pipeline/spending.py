"""What judging costs: the meter of the judge's worker, and the figures in answers.

A run's budget is looked at before every call, and what a call cost is known only after it: so a run overspends by at
most one call for each that was under way when the budget was reached (judge processes x jobs at a time in each x calls
at a time of one judging). Nothing is reserved: an estimate that is too high would stop a run that has money left, and
one that a killed process leaves behind would never be given back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.contract import ModelSpending, RunSpending, Spending
from services.errors import BudgetSpent, RecordError
from services.judge.accounting import believable, cost_of, price_of, shown, units
from services.settings import JudgeCosts
from services.stores import ledger
from services.stores.ledger import Entry
from services.stores.records import Records

_LONGEST_NAME = 200

log = logging.getLogger(__name__)


class Till:
    """Where the jobs of one judge process pay. Safe for threads.

    A call that could not be written down stays owed, and under a budget no further one is admitted until it is: a
    verdict that was paid for is not thrown away because the records were away for a moment.
    """

    def __init__(self, records: Records, costs: JudgeCosts) -> None:
        self.costs = costs
        self._records = records
        self._owed: list[Entry] = []
        self._lock = threading.Lock()

    def meter(self, run: str) -> RunMeter:
        """A meter for one judging."""
        return RunMeter(self, run)

    def pay(self, entry: Entry) -> None:
        """Write down a call, now or before the next one is admitted."""
        with self._lock:
            self._owed.append(entry)
            try:
                self._settle()
            except RecordError as error:
                log.warning("%d calls of the judge are not in the ledger yet: %s", len(self._owed), error)

    def spent(self, run: str) -> int:
        """What the run has spent, in units.

        Raises:
            RecordError: the records do not answer, so that nobody knows.
        """
        with self._lock:
            self._settle()
        with self._records.read() as session:
            return ledger.spent(session, run, self.costs.currency)

    def _settle(self) -> None:
        if self._owed:
            with self._records.write() as session:
                ledger.enter(session, self._owed)
            self._owed.clear()


class RunMeter:
    """A `services.judge.protocol.Meter` of one judging, which is paid for by its run."""

    def __init__(self, till: Till, run: str) -> None:
        self._till = till
        self._run = run
        self._calls: list[Entry] = []

    def admit(self) -> None:
        """Raises:
        BudgetSpent: the run has spent its budget.
        RecordError: nobody knows what it has spent.
        """
        costs = self._till.costs
        if costs.budget is None:
            return
        spent = self._till.spent(self._run)
        if spent >= units(costs.budget):
            raise BudgetSpent(
                f"run {self._run!r} has spent {shown(spent):g} {costs.currency} on judging, of a budget of "
                f"{costs.budget:f}: raise WEBGEN_JUDGE_COSTS__BUDGET to go on"
            )

    def count(self, model: str, prompt_tokens: int, completion_tokens: int) -> None:
        """Called once for every answer.

        Args:
            model: as it was asked for, which is the name that the price table knows.
            prompt_tokens: 0 where the server did not tell, so that the cost is unknown.
        """
        entry = _entry(self._run, model, believable(prompt_tokens), believable(completion_tokens), self._till.costs)
        self._calls.append(entry)
        self._till.pay(entry)

    def spending(self) -> Spending:
        """What this judging has cost so far."""
        return Spending(**_figures(self._calls), currency=self._till.costs.currency)


def run_spending(session: Session, run: str, costs: JudgeCosts) -> RunSpending:
    """What a run spent, and what it has left of today's budget."""
    entries = ledger.of_run(session, run)
    spent = ledger.spent(session, run, costs.currency)
    budget = None if costs.budget is None else units(costs.budget)
    foreign = any(entry.currency != costs.currency for entry in entries)
    figures = _figures(entries) | ({"cost": None} if foreign else {})
    return RunSpending(
        models=[ModelSpending(model=e.model, currency=e.currency, **_figures([e])) for e in entries],
        currency=costs.currency,
        budget=None if budget is None else shown(budget),
        left=None if budget is None else shown(max(0, budget - spent)),
        **figures,
    )


def _entry(run: str, model: str, prompt_tokens: int, completion_tokens: int, costs: JudgeCosts) -> Entry:
    # A prompt has tokens: where a server told of none, nobody knows what the call cost.
    price = price_of(model, costs) if prompt_tokens else None
    cost = 0 if price is None else cost_of(price, prompt_tokens, completion_tokens)
    name = model.replace("\0", "")[:_LONGEST_NAME]
    return Entry(run, name, costs.currency, 1, int(price is None), prompt_tokens, completion_tokens, cost)


def _figures(entries: Sequence[Entry]) -> dict[str, int | float | None]:
    """Sums as `Spending` has them: where a single call has no price, nobody knows what all of them cost."""
    unknown = any(entry.unpriced_calls for entry in entries)
    return {
        "calls": sum(entry.calls for entry in entries),
        "prompt_tokens": sum(entry.prompt_tokens for entry in entries),
        "completion_tokens": sum(entry.completion_tokens for entry in entries),
        "cost": None if unknown else shown(sum(entry.cost for entry in entries)),
    }
