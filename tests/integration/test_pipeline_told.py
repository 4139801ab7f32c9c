"""What the pipeline tells of itself: counted where it happens, and every line with the ids of its evaluation."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.contract import Status
from services.errors import BrowserError
from services.pipeline.work import StageJob, StageResult
from services.stages import Stage
from services.telemetry import traces
from services.telemetry.metrics import REGISTRY
from tests.support.workshop import Workshop, rollout

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Workshop]:
    workshop = Workshop(f"sqlite:///{tmp_path}/records.db", tmp_path)
    yield workshop
    workshop.records.close()


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """Every line of the pipeline, with what is bound to it."""
    lines: list[dict[str, Any]] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append({**structlog.contextvars.get_contextvars(), **record.__dict__, "event": record.getMessage()})

    logger, handler = logging.getLogger("services.pipeline"), Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(level)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_equal_work_that_is_taken_over_is_counted_and_logged(shop: Workshop, told: list[dict[str, Any]]) -> None:
    before = {stage: value("webgen_stage_outcomes_total", stage=stage.value, outcome="reused") for stage in Stage}
    _, second = shop.submit(rollout(1), rollout(2))
    shop.drain()
    reused = [line for line in told if line["event"] == "stage reused"]
    assert [(line["evaluation_id"], line["stage"]) for line in reused] == [(second.id, stage.value) for stage in Stage]
    for stage, number in before.items():
        assert value("webgen_stage_outcomes_total", stage=stage.value, outcome="reused") == number + 1


def test_the_wait_before_a_claim_is_counted_without_its_delay(shop: Workshop) -> None:
    def waits() -> float:
        return value("webgen_stage_queue_duration_seconds_sum", stage="lint")

    before = waits()
    shop.submit(rollout())
    shop.clock.now += 7.0
    shop.deliver()
    assert waits() - before == pytest.approx(7.0, abs=0.01)

    def fails(_job: StageJob) -> StageResult:
        raise BrowserError("gone")

    shop.scripts[Stage.RESOLVE] = fails
    shop.deliver()
    resolve = value("webgen_stage_queue_duration_seconds_sum", stage="resolve")
    shop.clock.now += 2.0  # the delay of the second try
    shop.deliver()
    assert value("webgen_stage_queue_duration_seconds_sum", stage="resolve") - resolve == pytest.approx(0.0, abs=0.01)


def test_rewards_and_ends_are_counted(shop: Workshop) -> None:
    labels = {"profile": "cascade", "component": "appearance"}
    before = (
        value("webgen_evaluation_reward_count", profile="cascade"),
        value("webgen_evaluation_bands_total", profile="cascade", band="rendered"),
        value("webgen_evaluation_component_sum", **labels),
        value("webgen_evaluation_duration_seconds_sum", status="scored"),
    )
    shop.submit(rollout())
    shop.clock.now += 3.0
    shop.drain()
    assert value("webgen_evaluation_reward_count", profile="cascade") == before[0] + 1
    assert value("webgen_evaluation_bands_total", profile="cascade", band="rendered") == before[1] + 1
    assert value("webgen_evaluation_component_sum", **labels) == pytest.approx(before[2] + 4.0)
    assert value("webgen_evaluation_duration_seconds_sum", status="scored") == pytest.approx(before[3] + 3.0, abs=0.01)


def test_the_queue_tells_who_waits_for_a_worker_from_who_waits_for_equal_work(shop: Workshop) -> None:
    shop.submit(rollout(1), rollout(2), rollout(3, completion="another site"))
    shop.clock.now += 40.0
    lint = shop.pipeline.gauges()[Stage.LINT]
    assert (lint.waiting, lint.parked, lint.running) == (2, 1, 0)
    assert lint.oldest_seconds == pytest.approx(40.0, abs=0.01)
    assert shop.pipeline.gauges()[Stage.JUDGE].oldest_seconds == 0


def test_what_may_not_be_tried_yet_is_not_old(shop: Workshop) -> None:
    def fails(_job: StageJob) -> StageResult:
        raise BrowserError("gone")

    shop.scripts[Stage.LINT] = fails
    shop.submit(rollout())
    shop.clock.now += 40.0
    shop.deliver()
    assert shop.pipeline.gauges()[Stage.LINT].waiting == 1
    assert shop.pipeline.gauges()[Stage.LINT].oldest_seconds == 0


def test_lines_of_a_stage_have_the_ids_of_evaluation_request_and_trace(
    shop: Workshop, told: list[dict[str, Any]]
) -> None:
    with traces.span("request", PARENT):
        (evaluation,) = shop.submit(rollout())
    shop.drain()
    ended = [line for line in told if line["event"] == "stage ended"]
    assert [line["stage"] for line in ended] == [stage.value for stage in Stage]
    about = {(line["evaluation_id"], line["request_id"], line["trace_id"]) for line in ended}
    assert about == {(evaluation.id, "test", TRACE)}
    (end,) = [line for line in told if line["event"] == "evaluation ended"]
    assert (end["evaluation_id"], end["status"]) == (evaluation.id, Status.SCORED.value)


def test_a_trace_outlives_a_lost_message_and_is_not_mixed_up_with_a_waker_s(shop: Workshop) -> None:
    seen: dict[str, str | None] = {}

    def judges(job: StageJob) -> StageResult:
        seen[job.evaluation_id] = traces.current()
        return StageResult(passed=False)

    shop.scripts[Stage.LINT] = judges
    with traces.span("request", PARENT):
        (first,) = shop.submit(rollout(1))
    with traces.span("request", None):
        (second,) = shop.submit(rollout(2, completion="another site"))
    shop.broker.sent.clear()
    assert shop.sweep() == 2
    shop.drain()
    assert (seen[first.id] or "").split("-")[1] == TRACE
    assert (seen[second.id] or "").split("-")[1] not in (TRACE, "")
