"""Runs: listings, statistics, cancelling."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.auth import requires
from reward_api.context import Gateway
from reward_api.openapi import problems
from reward_api.parameters import (
    KNOWN_ONLY,
    Cursor,
    DerivedFilter,
    GroupFilter,
    Limit,
    RunPath,
    StatusFilter,
    StepFilter,
)
from services.contract import EvaluationPage, RunPage, RunStatistics, StepPage

router = APIRouter(prefix="/v1/runs", tags=["runs"], dependencies=[KNOWN_ONLY])


class Cancelled(BaseModel):
    """How many evaluations of a run were cancelled: those that had not ended."""

    run: str
    cancelled: int


@router.get(
    "",
    summary="List runs",
    response_model=RunPage,
    responses=problems(400, 401, 403, 422),
    dependencies=[requires("read")],
)
def runs(gateway: Gateway, cursor: Cursor = None, limit: Limit = 50) -> Response:
    """Newest first."""
    return answer(gateway.pipeline.runs(cursor, limit))


@router.get(
    "/{run}",
    summary="Read a run",
    response_model=RunStatistics,
    responses=problems(401, 403, 404, 422),
    dependencies=[requires("read")],
)
def run(gateway: Gateway, name: RunPath) -> Response:
    """A run with its reward statistics."""
    return answer(gateway.pipeline.run(name))


@router.delete(
    "/{run}",
    summary="Cancel a run",
    response_model=Cancelled,
    responses=problems(401, 403, 404, 422),
    dependencies=[requires("admin")],
)
def cancel(gateway: Gateway, name: RunPath) -> Response:
    """Cancels what has not ended. Work that another run's evaluations share goes on for them."""
    return answer(Cancelled(run=name, cancelled=gateway.pipeline.cancel(name)))


@router.get(
    "/{run}/steps",
    summary="List a run's steps",
    response_model=StepPage,
    responses=problems(400, 401, 403, 404, 422),
    dependencies=[requires("read")],
)
def steps(
    gateway: Gateway, name: RunPath, cursor: Cursor = None, limit: Limit = 50, step: StepFilter = None
) -> Response:
    """Statistics by training step, in their order; those of one step alone where it is named."""
    return answer(gateway.pipeline.steps(name, cursor, limit, step=step))


@router.get(
    "/{run}/evaluations",
    summary="List a run's evaluations",
    response_model=EvaluationPage,
    responses=problems(400, 401, 403, 404, 422),
    dependencies=[requires("read")],
)
def evaluations(
    gateway: Gateway,
    name: RunPath,
    cursor: Cursor = None,
    limit: Limit = 50,
    step: StepFilter = None,
    group: GroupFilter = None,
    status: StatusFilter = None,
    derived: DerivedFilter = None,
) -> Response:
    """In the order submitted."""
    only = None if derived is None else derived == "true"
    page = gateway.pipeline.evaluations(
        name, cursor=cursor, limit=limit, step=step, group=group, status=status, derived=only
    )
    return answer(page)
