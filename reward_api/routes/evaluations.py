"""Evaluations: submit, read, wait, judge again."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from reward_api.answers import answer
from reward_api.auth import requires
from reward_api.context import Context, Gateway, RequestId
from reward_api.limits import QueryBody, RejudgeBody, SubmissionBody
from reward_api.openapi import json_request, problems
from reward_api.parameters import KNOWN_ONLY, EvaluationIdPath, Wait
from services.contract import Accepted, Evaluation, EvaluationQuery, QueryAnswer, RejudgeRequest, Rollout, Submission
from services.telemetry.metrics import SUBMITTED

router = APIRouter(prefix="/v1/evaluations", tags=["evaluations"], dependencies=[KNOWN_ONLY])


@router.post(
    "",
    status_code=202,
    summary="Submit rollouts",
    response_model=Accepted,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429),
    dependencies=[requires("submit")],
    openapi_extra=json_request(Submission),
)
def submit(gateway: Gateway, submission: SubmissionBody, request_id: RequestId) -> Response:
    """One evaluation per rollout, in order. All of a batch is taken, or nothing. The same body again under the same
    run and rollout ids gets the same evaluations."""
    return answer(Accepted(evaluations=take(gateway, submission, request_id)), 202)


def take(gateway: Context, submission: Submission, request_id: str) -> list[Evaluation]:
    """Hand a submission to the pipeline; blocking."""
    taken = gateway.pipeline.submit(submission, max_queued=gateway.settings.max_queued, request_id=request_id)
    SUBMITTED.inc(len(taken))
    return taken


@router.post(
    "/query",
    summary="Read many evaluations, and wait for them",
    response_model=QueryAnswer,
    responses=problems(400, 401, 403, 404, 413, 415, 422),
    dependencies=[requires("read", "submit")],
    openapi_extra=json_request(EvaluationQuery),
)
async def query(gateway: Gateway, request: Request, wanted: QueryBody) -> Response:
    """Answers when all have ended or `wait` is over, in the order asked; `pending` names those that have not ended.
    With `brief`, these come without their reports."""
    await gateway.waiting.until_ended(wanted.ids, wanted.wait, request.is_disconnected)
    return await run_in_threadpool(_queried, gateway, wanted.ids, wanted.brief)


def _queried(gateway: Context, ids: Sequence[str], brief: bool) -> Response:
    found = gateway.pipeline.get(ids, brief=brief)
    return answer(QueryAnswer(evaluations=found, pending=pending(found)))


def pending(evaluations: Sequence[Evaluation]) -> list[str]:
    return [evaluation.id for evaluation in evaluations if not evaluation.status.ended]


@router.get(
    "/{id}",
    summary="Read one evaluation, and wait for it",
    response_model=Evaluation,
    responses=problems(401, 403, 404, 422),
    dependencies=[requires("read", "submit")],
)
async def read(gateway: Gateway, request: Request, evaluation_id: EvaluationIdPath, wait: Wait = 0.0) -> Response:
    """Answers when the evaluation has ended or `wait` is over."""
    await gateway.waiting.until_ended([evaluation_id], wait, request.is_disconnected)
    return await run_in_threadpool(lambda: answer(gateway.pipeline.get([evaluation_id])[0]))


@router.get(
    "/{id}/rollout",
    summary="Read what was sent",
    response_model=Rollout,
    responses=problems(401, 403, 404, 422),
    dependencies=[requires("read", "submit")],
)
def rollout(gateway: Gateway, evaluation_id: EvaluationIdPath) -> Response:
    """The rollout that an evaluation is of: its instruction, and its completion as one text."""
    return answer(gateway.pipeline.rollout(evaluation_id))


@router.post(
    "/{id}/rejudge",
    status_code=202,
    summary="Judge stored screenshots again",
    response_model=Evaluation,
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 429),
    dependencies=[requires("submit")],
    openapi_extra=json_request(RejudgeRequest, required=False),
)
def rejudge(gateway: Gateway, evaluation_id: EvaluationIdPath, body: RejudgeBody, request_id: RequestId) -> Response:
    """A new evaluation, derived from this one, which never changes. 409 where there are no screenshots; 422 where the
    wanted model or prompt is not on offer."""
    most = gateway.settings.max_queued
    return answer(gateway.pipeline.rejudge(evaluation_id, body, max_queued=most, request_id=request_id), 202)
