"""Stored evaluations of a running service, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from reward_api.cli.source import read_on
from services.contract import (
    Evaluation,
    EvaluationPage,
    Rollout,
    RunPage,
    RunStatistics,
    RunSummary,
    StepPage,
    StepStatistics,
)
from services.errors import NotFound
from services.rewards.profile import Profile
from trainer_client import RewardClient
from trainer_client import errors as client_errors
from trainer_client.flows import segment

RUNS_PAGE = 200
STEPS_PAGE = 50
EVALUATIONS_PAGE = 100

P = TypeVar("P", EvaluationPage, RunPage, StepPage)


class ProfileAnswer(BaseModel):
    """Of ``GET /v1/profiles/{name}``."""

    profile: Profile


class HttpSource:
    """See `reward_api.cli.source.Source`. The key needs the scope ``read``."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        self._client = RewardClient(url, api_key)

    def runs(self) -> Iterator[RunSummary]:
        def page(cursor: str | None) -> RunPage:
            return self._read(_query("/v1/runs", limit=RUNS_PAGE, cursor=cursor), RunPage)

        for found in _pages(page):
            yield from found.runs

    def run(self, name: str) -> RunStatistics:
        return self._read(f"/v1/runs/{segment(name)}", RunStatistics)

    def steps(self, run: str, *, step: int | None = None) -> Iterator[StepStatistics]:
        def page(cursor: str | None) -> StepPage:
            return self._read(_path(run, "steps", STEPS_PAGE, step, cursor), StepPage)

        for found in _pages(page):
            yield from found.steps

    def steps_from(self, run: str, mark: str | None = None) -> tuple[list[StepStatistics], str | None]:
        return read_on(lambda cursor: self._read(_path(run, "steps", STEPS_PAGE, None, cursor), StepPage), mark)

    def evaluations(self, run: str, *, step: int | None = None, group: str | None = None) -> Iterator[Evaluation]:
        def page(cursor: str | None) -> EvaluationPage:
            return self._read(_path(run, "evaluations", EVALUATIONS_PAGE, step, cursor, group), EvaluationPage)

        for found in _pages(page):
            yield from found.evaluations

    def evaluation(self, evaluation_id: str) -> Evaluation:
        with _missing():
            return self._client.get(evaluation_id)

    def rollout(self, evaluation_id: str) -> Rollout:
        return self._read(f"/v1/evaluations/{segment(evaluation_id)}/rollout", Rollout)

    def artifact(self, evaluation_id: str, name: str) -> bytes:
        with _missing():
            return self._client.artifact(evaluation_id, name)

    def profile(self, hash_or_name: str) -> Profile:
        return self._read(f"/v1/profiles/{segment(hash_or_name)}", ProfileAnswer).profile

    def close(self) -> None:
        self._client.close()

    def _read(self, path: str, model: type[_M]) -> _M:
        with _missing():
            return self._client.read(path, model)


_M = TypeVar("_M", bound=BaseModel)


def _pages(page: Callable[[str | None], P]) -> Iterator[P]:
    found = page(None)
    yield found
    while found.next_cursor:
        found = page(found.next_cursor)
        yield found


def _path(run: str, noun: str, limit: int, step: int | None, cursor: str | None, group: str | None = None) -> str:
    return _query(f"/v1/runs/{segment(run)}/{noun}", limit=limit, step=step, cursor=cursor, group=group)


def _query(path: str, **wanted: int | str | None) -> str:
    return f"{path}?{urlencode({name: value for name, value in wanted.items() if value is not None})}"


@contextmanager
def _missing() -> Iterator[None]:
    """A 404 as the error that every source raises, with the service's own words."""
    try:
        yield
    except client_errors.NotFound as error:
        raise NotFound(error.problem.detail or str(error)) from error
