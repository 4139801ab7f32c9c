"""Submit and wait in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic.json_schema import SkipJsonSchema
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.auth import requires
from reward_api.context import Context, Gateway, RequestId
from reward_api.limits import SubmissionBody
from reward_api.openapi import json_request, problems
from reward_api.parameters import KNOWN_ONLY
from reward_api.routes.evaluations import pending, take
from services.contract import ScoreAnswer, Submission

router = APIRouter(prefix="/v1/score", tags=["evaluations"], dependencies=[KNOWN_ONLY])

ScoreWait = Annotated[
    float | SkipJsonSchema[None],
    Query(ge=0, le=86_400, description="Seconds to wait; the gateway's own score deadline where it is shorter."),
]


@router.post(
    "",
    summary="Submit rollouts and wait for their rewards",
    response_model=ScoreAnswer,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429),
    dependencies=[requires("submit")],
    openapi_extra=json_request(Submission),
)
async def score(
    gateway: Gateway, request: Request, submission: SubmissionBody, request_id: RequestId, wait: ScoreWait = None
) -> Response:
    """Rewards in the order sent, null where there is none. At the deadline, or when the gateway must stop, `pending`
    names what is still running: it goes on, and can be queried. A client that may lose its connection does better to
    submit and query."""
    deadline = gateway.settings.score_deadline
    ids = [evaluation.id for evaluation in await run_in_threadpool(take, gateway, submission, request_id)]
    seconds = deadline if wait is None else min(wait, deadline)
    await gateway.waiting.until_ended(ids, seconds, request.is_disconnected)
    return await run_in_threadpool(_scored, gateway, ids)


def _scored(gateway: Context, ids: Sequence[str]) -> Response:
    found = gateway.pipeline.get(ids)
    rewards = [evaluation.reward for evaluation in found]
    return answer(ScoreAnswer(rewards=rewards, evaluations=found, pending=pending(found)))
