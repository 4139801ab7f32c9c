"""Whatever goes wrong at the judge's server: a grade that it gave, or none and why. Over real HTTP and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from judge_bench import JudgeBench, judge_bench
from redis_process import redis_process
from vlm_faults import FAILING, UNREADABLE

from services.contract import Status

pytestmark = pytest.mark.quiet
WINDOW = 1.0
CALLS, AT_ONCE, TOKENS = 25, 3, 40_000
LIMITS = {
    "concurrency": AT_ONCE,
    "requests_per_minute": CALLS,
    "tokens_per_minute": TOKENS,
    "window": WINDOW,
    "breaker_pause": 0.2,
    "breaker_longest": 0.4,
}
QUICK = {"timeout": 1.0, "retries": 2, "deadline": 30.0, "limits": LIMITS}
EVERY_FAULT = (*FAILING, *UNREADABLE)


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with redis_process() as socket:
        yield f"redis+socket://{socket}"


@pytest.fixture
def bench(redis_url: str, tmp_path: Path) -> Iterator[JudgeBench]:
    with judge_bench(tmp_path, redis_url, **QUICK) as started:
        started.server.retry_after = 0.1
        yield started
        log = started.server.log
        assert log.most_at_once() <= AT_ONCE
        assert log.most_in(WINDOW) <= CALLS
        assert log.most_tokens_in(WINDOW) <= TOKENS


def test_without_faults_everything_is_scored(bench: JudgeBench) -> None:
    ended = bench.run(10)
    assert [each.status for each in ended] == [Status.SCORED] * 10
    for each in ended:
        bench.check(each)
    assert len({each.reward for each in ended}) > 5, "grades tell sites apart"


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_fault_that_lasts_ends_unscored_with_its_reason(bench: JudgeBench, fault: str) -> None:
    bench.server.set(fault)
    for each in bench.run(2):
        assert each.status is Status.UNSCORED
        bench.check(each)


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_fault_by_chance_changes_no_grade(bench: JudgeBench, fault: str) -> None:
    bench.server.mix(0.3, [fault], seed=1)
    for each in bench.run(4):
        bench.check(each)


@pytest.mark.parametrize("seed", range(3))
def test_all_faults_mixed_change_no_grade(bench: JudgeBench, seed: int) -> None:
    bench.server.mix(0.3, EVERY_FAULT, seed)
    ended = bench.run(20)
    for each in ended:
        bench.check(each)
    assert sum(each.status is Status.SCORED for each in ended) >= 10, "most faults pass"
    met = {call.mode for call in bench.server.log.calls} - {"normal", ""}
    assert len(met) >= 8, "the mix was one"


def test_an_outage_that_ends_costs_no_evaluation(redis_url: str, tmp_path: Path) -> None:
    """The first calls all fail, so the circuit opens; whoever waited for it is graded in the end."""
    outage = 12
    brief = {"breaker_pause": 0.02, "breaker_longest": 0.02}
    with judge_bench(tmp_path, redis_url, **QUICK | {"limits": LIMITS | brief}) as bench:
        bench.server.mode = lambda image, number=0: "down" if number < outage else "normal"  # type: ignore[method-assign]
        for each in bench.run(6, sweep=20.0):
            assert each.status is Status.SCORED
            bench.check(each)
        assert len(bench.server.log.calls) > outage
