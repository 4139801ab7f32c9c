"""A run's budget: what is counted, when judging stops, and that it is never a number. On both databases."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from services.contract import Evaluation, RunSpending, Status
from services.errors import BudgetSpent, JudgeError, RecordError
from services.pipeline.spending import Till, run_spending
from services.pipeline.work import StageJob, StageResult
from services.settings import JudgeCosts
from services.stages import Stage
from services.stores.records import Records
from tests.support.workshop import DEFAULTS, FINISHED, Workshop, rollout

MODEL = "model-2026-01-01"
PROMPT, COMPLETION = 1_000, 100
CALL = 0.0035
"""What one call costs: 1,000 tokens in at 2.5 a million, 100 out at 10."""

SAMPLES = 3
"""Calls of one judging under the profile ``cascade``."""


def priced(budget: float | None = None, **options: object) -> JudgeCosts:
    prices = {"model-*": {"prompt": 2.5, "completion": 10}}
    return JudgeCosts.model_validate({"prices": prices, "budget": budget} | options)


class PayingJudge:
    """A judge whose every sample is a call that is paid for. ``calls``: run -> calls made."""

    def __init__(self, till: Till, model: str = MODEL) -> None:
        self.till, self.model = till, model
        self.calls: Counter[str] = Counter()

    def __call__(self, job: StageJob) -> StageResult:
        meter = self.till.meter(job.run)
        for _ in range(job.profile.judge.samples):
            meter.admit()
            self.calls[job.run] += 1
            meter.count(self.model, PROMPT, COMPLETION)
        done = DEFAULTS[Stage.JUDGE](job)
        return replace(done, facts=done.facts | {"spending": meter.spending().model_dump(mode="json")})


@pytest.fixture
def shop(database_url: str, tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(database_url, tmp_path / "room")
    yield workshop
    workshop.records.close()


def employ(shop: Workshop, costs: JudgeCosts) -> PayingJudge:
    judge = PayingJudge(Till(shop.records, costs))
    shop.scripts[Stage.JUDGE] = judge
    return judge


def evaluate(shop: Workshop, number: int, run: str = "run") -> Evaluation:
    """A rollout unlike all others, worked until no message is left."""
    (queued,) = shop.submit(rollout(number, f"site {number}"), run=run)
    shop.drain()
    return shop.get(queued)


def spending(shop: Workshop, costs: JudgeCosts, run: str = "run") -> RunSpending:
    with shop.records.read() as session:
        return run_spending(session, run, costs)


def test_an_evaluation_and_its_run_say_what_they_cost(shop: Workshop) -> None:
    costs = priced(budget=1)
    employ(shop, costs)
    first = evaluate(shop, 1)
    evaluate(shop, 2)
    assert first.judge is not None
    assert first.judge.spending is not None
    own = first.judge.spending
    assert (own.calls, own.prompt_tokens, own.completion_tokens) == (SAMPLES, 3_000, 300)
    assert (own.cost, own.currency, first.judge.reused) == (0.0105, "USD", False)
    whole = spending(shop, costs)
    assert (whole.calls, whole.cost, whole.budget, whole.left) == (6, 0.021, 1.0, 0.979)
    assert [(m.model, m.calls, m.prompt_tokens, m.cost) for m in whole.models] == [(MODEL, 6, 6_000, 0.021)]


def test_a_spent_budget_ends_unscored_at_once_and_asks_nobody(shop: Workshop) -> None:
    judge = employ(shop, priced(budget=SAMPLES * CALL))
    assert evaluate(shop, 1).reward == FINISHED
    for number in (2, 3):
        ended = evaluate(shop, number)
        assert (ended.status, ended.reward, ended.unscored_reason) == (Status.UNSCORED, None, "budget")
        assert "WEBGEN_JUDGE_COSTS__BUDGET" in (ended.unscored_detail or "")
    assert judge.calls["run"] == SAMPLES
    assert shop.worked[Stage.JUDGE] == 3, "no try is repeated"


def test_a_budget_that_ends_within_a_judging_gives_no_verdict_of_fewer_samples(shop: Workshop) -> None:
    judge = employ(shop, priced(budget=2 * CALL))
    ended = evaluate(shop, 1)
    assert (ended.reward, ended.unscored_reason, judge.calls["run"]) == (None, "budget", 2)
    assert spending(shop, priced(budget=2 * CALL)).left == 0


def test_other_runs_have_budgets_of_their_own(shop: Workshop) -> None:
    employ(shop, priced(budget=SAMPLES * CALL))
    assert evaluate(shop, 1).reward == FINISHED
    assert evaluate(shop, 2).unscored_reason == "budget"
    assert evaluate(shop, 2, run="other").reward == FINISHED


def test_a_raised_budget_lets_the_run_go_on(shop: Workshop) -> None:
    employ(shop, priced(budget=CALL))
    first = evaluate(shop, 1)
    assert first.unscored_reason == "budget"
    employ(shop, priced(budget=10))
    (again,) = shop.submit(rollout(2, "site 1"))
    shop.drain()
    assert shop.get(again).reward == FINISHED
    assert shop.get(first).reward is None


def test_a_spent_budget_does_not_take_back_what_was_judged(shop: Workshop) -> None:
    employ(shop, priced(budget=SAMPLES * CALL))
    evaluate(shop, 1)
    (twin,) = shop.submit(rollout(2, "site 1"))
    shop.drain()
    assert shop.get(twin).reward == FINISHED


def test_a_verdict_that_is_taken_over_costs_nothing_and_says_so(shop: Workshop) -> None:
    costs = priced()
    employ(shop, costs)
    first, twin = shop.submit(rollout(1, "a site"), rollout(2, "a site"))
    shop.drain()
    paid, free = shop.get(first).judge, shop.get(twin).judge
    assert paid is not None
    assert free is not None
    assert paid.spending is not None
    assert free.spending is not None
    assert (paid.reused, paid.spending.cost) == (False, 0.0105)
    assert (free.reused, free.spending.cost, free.spending.calls) == (True, 0.0, 0)
    assert spending(shop, costs).calls == SAMPLES


def test_calls_of_a_try_that_failed_are_the_runs(shop: Workshop) -> None:
    costs = priced()
    judge = employ(shop, costs)

    def unreadable(job: StageJob) -> StageResult:
        judge(job)
        raise JudgeError("nothing of it could be read")

    shop.scripts[Stage.JUDGE] = unreadable
    (queued,) = shop.submit(rollout(1))
    for _ in range(4):
        shop.drain()
        shop.sweep()
    assert shop.get(queued).unscored_reason == "judge"
    assert spending(shop, costs).calls == judge.calls["run"] == 3 * SAMPLES


def test_a_model_without_a_price_costs_an_unknown_amount_and_not_nothing(shop: Workshop) -> None:
    costs = priced()
    judge = employ(shop, costs)
    evaluate(shop, 1)
    judge.model = "another"
    unpriced = evaluate(shop, 2)
    assert unpriced.judge is not None
    assert unpriced.judge.spending is not None
    assert (unpriced.judge.spending.calls, unpriced.judge.spending.cost) == (SAMPLES, None)
    whole = spending(shop, costs)
    assert whole.cost is None
    assert {m.model: m.cost for m in whole.models} == {"another": None, MODEL: 0.0105}


def test_a_call_that_tells_no_tokens_costs_an_unknown_amount(shop: Workshop) -> None:
    evaluate(shop, 1)
    meter = Till(shop.records, priced()).meter("run")
    meter.count(MODEL, 0, 0)
    assert meter.spending().cost is None


def test_processes_that_judge_at_the_same_time_overspend_by_one_call_each_at_most(shop: Workshop) -> None:
    """Each process has connections of its own."""
    evaluate(shop, 1)
    processes, budget = 6, 20

    def work(_: int) -> int:
        own = Records(shop.records.url)
        meter = Till(own, priced(budget=budget * CALL)).meter("run")
        with contextlib.suppress(BudgetSpent):
            for _ in range(2 * budget):
                meter.admit()
                meter.count(MODEL, PROMPT, COMPLETION)
        own.close()
        return meter.spending().calls

    with ThreadPoolExecutor(processes) as pool:
        made = sum(pool.map(work, range(processes)))
    assert budget <= made < budget + processes
    assert spending(shop, priced()).calls == made


class Away(Records):
    """Records that can be out of reach for writing."""

    out = False

    @contextmanager
    def write(self) -> Iterator[Session]:
        if self.out:
            raise RecordError("the database is away")
        with super().write() as session:
            yield session


def test_a_paid_verdict_outlives_a_ledger_that_is_away_and_under_a_budget_no_call_goes_uncounted(
    shop: Workshop,
) -> None:
    evaluate(shop, 1)
    records = Away(shop.records.url)
    meter = Till(records, priced(budget=1)).meter("run")
    meter.admit()
    records.out = True
    meter.count(MODEL, PROMPT, COMPLETION)
    assert meter.spending().calls == 1
    with pytest.raises(RecordError):
        meter.admit()
    records.out = False
    meter.admit()
    assert spending(shop, priced()).calls == 1
    records.close()


def test_what_was_paid_in_another_currency_is_not_taken_for_this_one(shop: Workshop) -> None:
    employ(shop, priced())
    evaluate(shop, 1)
    euros = priced(budget=1, currency="EUR")
    employ(shop, euros)
    evaluate(shop, 2)
    whole = spending(shop, euros)
    assert (whole.cost, whole.currency, whole.left) == (None, "EUR", 0.9895)
    assert [(m.currency, m.cost) for m in whole.models] == [("EUR", 0.0105), ("USD", 0.0105)]


def test_a_budget_of_nothing_asks_nobody(shop: Workshop) -> None:
    costs = JudgeCosts(budget=Decimal(0))
    judge = employ(shop, costs)
    assert evaluate(shop, 1).unscored_reason == "budget"
    assert not judge.calls
