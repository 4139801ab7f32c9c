"""Liveness, readiness, metrics. Open to everyone who can reach the port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

import structlog
from fastapi import APIRouter, Request
from prometheus_client.core import GaugeMetricFamily, Metric
from pydantic import BaseModel
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.context import Gateway
from reward_api.openapi import problems
from reward_api.problems import problem_response
from services.errors import InfrastructureError
from services.pipeline.service import StageGauge
from services.stages import Stage
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
    """What this process counted, and the queue as the record has it."""
    content, media_type = exposition(_queue(gateway.pipeline.gauges))
    return Response(content, headers={"Content-Type": media_type})


def _queue(read: Callable[[], Mapping[Stage, StageGauge]]) -> list[Metric]:
    """Queue depth and age; left out, and said in the log, where the record cannot be read: the counters still can."""
    try:
        return list(_families(read()))
    except InfrastructureError as error:
        log.warning("metrics without the queue", reason=error.reason, exc_info=error)
        return []


def _families(gauges: Mapping[Stage, StageGauge]) -> Iterator[Metric]:
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
