"""What judging cost, as the API and the metrics tell it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_bench import Bench, bench_client
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from reward_api.embedded import environment
from services.contract import RunStatistics
from services.pipeline.spending import Till
from services.settings import JudgeCosts

COSTS = JudgeCosts.model_validate({"prices": {"dear-*": {"prompt": 2.5, "completion": 10}}, "budget": 0.01})


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[tuple[Bench, TestClient]]:
    with bench_client(tmp_path, judge_costs=COSTS) as (bench, client):
        bench.submit("a")
        bench.submit("a", run="run-2")
        yield bench, client


def pay(bench: Bench, model: str, run: str = "run-1") -> None:
    Till(bench.records, COSTS).meter(run).count(model, 1_000, 100)


def test_a_run_that_judged_nothing_has_all_of_its_budget(gateway: tuple[Bench, TestClient]) -> None:
    _, client = gateway
    assert client.get("/v1/runs/run-1").json()["spending"] == {
        "calls": 0,
        "prompt_tokens": 0,
        "completion_tokens": 0,
        "cost": 0.0,
        "currency": "USD",
        "models": [],
        "budget": 0.01,
        "left": 0.01,
    }


def test_a_run_says_what_each_model_cost_and_what_is_left(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    for _ in range(2):
        pay(bench, "dear-2026")
    pay(bench, "dear-2026", run="run-2")
    spending = RunStatistics.model_validate(client.get("/v1/runs/run-1").json()).spending
    assert (spending.calls, spending.cost, spending.left) == (2, 0.007, 0.003)
    (model,) = spending.models
    assert (model.model, model.calls, model.prompt_tokens, model.completion_tokens) == ("dear-2026", 2, 2_000, 200)
    pay(bench, "dear-2026")
    assert client.get("/v1/runs/run-1").json()["spending"]["left"] == 0


def test_a_cost_that_nobody_knows_is_null(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    pay(bench, "dear-2026")
    pay(bench, "unpriced-2026")
    spending = client.get("/v1/runs/run-1").json()["spending"]
    assert (spending["cost"], spending["left"]) == (None, 0.0065)
    assert {m["model"]: m["cost"] for m in spending["models"]} == {"dear-2026": 0.0035, "unpriced-2026": None}


def test_metrics_add_up_all_runs_by_model(gateway: tuple[Bench, TestClient]) -> None:
    bench, client = gateway
    pay(bench, "dear-2026")
    pay(bench, "dear-2026", run="run-2")
    pay(bench, "unpriced-2026")
    families = text_string_to_metric_families(client.get("/metrics").text)
    told = {frozenset((s.name, *s.labels.values())): s.value for f in families for s in f.samples if "judge" in s.name}
    assert told[frozenset(("webgen_judge_answered_calls_total", "dear-2026"))] == 2
    assert told[frozenset(("webgen_judge_tokens_total", "dear-2026", "prompt"))] == 2_000
    assert told[frozenset(("webgen_judge_tokens_total", "unpriced-2026", "completion"))] == 100
    assert told[frozenset(("webgen_judge_cost_total", "dear-2026", "USD"))] == 0.007
    assert told[frozenset(("webgen_judge_unpriced_calls_total", "unpriced-2026"))] == 1
    assert not [key for key in told if {"run-1", "run-2"} & set(key)]


def test_gateway_and_judge_of_a_stack_are_told_the_same_prices_and_budget() -> None:
    told = {"WEBGEN_JUDGE_COSTS__BUDGET": "5", "WEBGEN_JUDGE_COSTS__PRICES": "{}"}
    assert told.items() <= environment.general(told).items()
    assert told.items() <= environment.judge(told, "vlm").items()
