"""Liveness, readiness, metrics. Open to everyone who can reach the port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Literal

import structlog
from fastapi import APIRouter, Request
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from pydantic import BaseModel
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.context import Gateway
from reward_api.openapi import problems
from reward_api.problems import problem_response
from services.errors import InfrastructureError
from services.judge.accounting import shown
from services.pipeline.service import Pipeline, StageGauge
from services.stages import Stage
from services.stores.ledger import Entry
from services.telemetry.metrics import exposition

router = APIRouter(tags=["operations"])

log = structlog.stdlib.get_logger(__name__)

_METRICS_CONTENT = {"text/plain": {"schema": {"type": "string"}}}


class Health(BaseModel):
    status: Literal["ok"] = "ok"


@router.get("/healthz", summary="Liveness", response_model=Health, responses=problems())
async def healthz() -> Response:
    """The process answers. Says nothing of what it needs; see `/readyz`."""
    return answer(Health())


@router.get("/readyz", summary="Readiness", response_model=Health, responses=problems())
def readyz(gateway: Gateway, request: Request) -> Response:
    """Rollouts can be taken and scored; otherwise 503 with the reasons."""
    reasons = ["the gateway is stopping"] if gateway.waiting.stopping else gateway.pipeline.ready()
    if not reasons:
        return answer(Health())
    return problem_response(request, 503, "Not ready", "; ".join(reasons), reasons=reasons)


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"description": "Prometheus text.", "content": _METRICS_CONTENT}, **problems()},
)
def metrics(gateway: Gateway) -> Response:
    """What this process counted; the queue and the judge's ledger as the records have them."""
    content, media_type = exposition(_recorded(gateway.pipeline))
    return Response(content, headers={"Content-Type": media_type})


def _recorded(pipeline: Pipeline) -> list[Metric]:
    """What the records know; left out, and said in the log, where they cannot be read: the counters still can."""
    try:
        return [*_queue(pipeline.gauges()), *_judging(pipeline.ledger())]
    except InfrastructureError as error:
        log.warning("metrics without the records", reason=error.reason, exc_info=error)
        return []


def _queue(gauges: Mapping[Stage, StageGauge]) -> Iterator[Metric]:
    queued = GaugeMetricFamily("webgen_evaluations_queued", "Evaluations waiting for a stage.", labels=["stage"])
    running = GaugeMetricFamily("webgen_evaluations_running", "Evaluations a stage works on.", labels=["stage"])
    oldest = GaugeMetricFamily(
        "webgen_queue_oldest_age_seconds", "Age of the evaluation that waits longest for a stage.", labels=["stage"]
    )
    for stage, gauge in gauges.items():
        queued.add_metric([stage.value], gauge.waiting)
        running.add_metric([stage.value], gauge.running)
        oldest.add_metric([stage.value], gauge.oldest_seconds)
    yield from (queued, running, oldest)


def _judging(ledger: Sequence[Entry]) -> Iterator[Metric]:
    """Of all runs together. There are as many models as the operator's settings have named, and the server known."""
    calls = CounterMetricFamily("webgen_judge_answered_calls", "Calls that the judge answered.", labels=["model"])
    tokens = CounterMetricFamily("webgen_judge_tokens", "Tokens of these calls.", labels=["model", "direction"])
    cost = CounterMetricFamily("webgen_judge_cost", "What the calls with a price cost.", labels=["model", "currency"])
    unpriced = CounterMetricFamily("webgen_judge_unpriced_calls", "Calls whose cost is not known.", labels=["model"])
    for model, entries in groupby(ledger, key=lambda entry: entry.model):
        paid = list(entries)
        calls.add_metric([model], sum(entry.calls for entry in paid))
        unpriced.add_metric([model], sum(entry.unpriced_calls for entry in paid))
        tokens.add_metric([model, "prompt"], sum(entry.prompt_tokens for entry in paid))
        tokens.add_metric([model, "completion"], sum(entry.completion_tokens for entry in paid))
        for entry in paid:
            cost.add_metric([model, entry.currency], shown(entry.cost))
    yield from (calls, tokens, cost, unpriced)
