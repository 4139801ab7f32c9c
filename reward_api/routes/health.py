"""Liveness, readiness, metrics. Open to everyone who can reach the port."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Literal

import structlog
from fastapi import APIRouter, Request
from prometheus_client.core import Metric
from pydantic import BaseModel
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.context import Context, Gateway
from reward_api.openapi import problems
from reward_api.problems import problem_response
from services.errors import InfrastructureError
from services.judge.accounting import shown
from services.pipeline.gauges import StageGauge
from services.pipeline.service import Pipeline
from services.stages import Stage
from services.stores.ledger import Entry
from services.telemetry import readings
from services.telemetry.exposition import exposition
from services.telemetry.readings import Reading

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
    content, media_type = exposition(lambda: _read(gateway))
    return Response(content, headers={"Content-Type": media_type})


def _read(gateway: Context) -> Iterator[Metric]:
    """What is known besides what was counted; what cannot be read is left out, and said in the log."""
    yield _reachable(gateway.pipeline)
    if gateway.settings.blobs.s3 is None:
        yield from _free_disk(gateway.settings.blobs.root)
    try:
        yield from (*_queue(gateway.pipeline.gauges()), *_judging(gateway.pipeline.ledger()))
    except InfrastructureError as error:
        log.warning("metrics without the records", reason=error.reason, exc_info=error)


def _reachable(pipeline: Pipeline) -> Metric:
    return readings.REACHABLE.family(((name,), float(is_up)) for name, is_up in pipeline.reachable().items())


def _free_disk(blobs: Path) -> Iterator[Metric]:
    there = next((folder for folder in (blobs.absolute(), *blobs.absolute().parents) if folder.is_dir()), None)
    if there is not None:
        yield readings.FREE_DISK.family([(("blobs",), shutil.disk_usage(there).free)])


def _queue(gauges: Mapping[Stage, StageGauge]) -> Iterator[Metric]:
    def by_stage(reading: Reading, value: Callable[[StageGauge], float]) -> Metric:
        return reading.family(((stage.value,), value(gauge)) for stage, gauge in gauges.items())

    yield by_stage(readings.QUEUED, lambda gauge: gauge.waiting)
    yield by_stage(readings.PARKED, lambda gauge: gauge.parked)
    yield by_stage(readings.RUNNING, lambda gauge: gauge.running)
    yield by_stage(readings.OLDEST, lambda gauge: gauge.oldest_seconds)


def _judging(ledger: Sequence[Entry]) -> Iterator[Metric]:
    """Of all runs together. There are as many models as the operator's settings have named, and the server known."""
    models = {model: list(found) for model, found in groupby(ledger, key=lambda entry: entry.model)}

    def sums(reading: Reading, column: Callable[[Entry], int], *labels: str) -> Metric:
        return reading.family(((model, *labels), sum(map(column, paid))) for model, paid in models.items())

    yield sums(readings.ANSWERED, lambda entry: entry.calls)
    yield sums(readings.UNPRICED, lambda entry: entry.unpriced_calls)
    yield readings.TOKENS.family(
        ((model, direction), sum(getattr(entry, f"{direction}_tokens") for entry in paid))
        for model, paid in models.items()
        for direction in ("prompt", "completion")
    )
    yield readings.COST.family(((entry.model, entry.currency), shown(entry.cost)) for entry in ledger)
