"""The client, for threads (`RewardClient`) and for asyncio (`AsyncRewardClient`): one set of flows, two drivers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from services.contract import Evaluation, RejudgeRequest
from trainer_client.flows import Flow, Head, M, Send
from trainer_client.limits import ClientLimits
from trainer_client.retry import Outcome
from trainer_client.scores import Progress, Scores
from trainer_client.wire import (
    CALL_SECONDS,
    PING_SECONDS,
    SCORE_SECONDS,
    Calls,
    Rollouts,
    answer_of,
    client_options,
    fault_of,
    request_options,
)

T = TypeVar("T")


class RewardClient:
    """Scores rollouts over HTTP. Safe to share between threads; close it, or use it as a context manager.

    NUL and lone surrogates in what is sent as mappings are replaced by U+FFFD.

    Args:
        base_url: of the gateway, for example ``http://127.0.0.1:8080``.
        api_key: bearer key; none where the service runs without.
        limits: sizes and patience.
        transport: httpx's own seam, for tests.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        limits: ClientLimits | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._limits = limits or ClientLimits()
        self._calls = Calls(self._limits)
        self._http = httpx.Client(transport=transport, **client_options(base_url, api_key))

    def score(
        self,
        rollouts: Rollouts,
        *,
        run: str,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = SCORE_SECONDS,
        progress: Progress | None = None,
    ) -> Scores:
        """Submit and wait. At the deadline (seconds) what is missing is None: nothing is raised for it.

        Raises:
            InvalidRollout, Refused, ServiceFault, BadAnswer: see `trainer_client.errors`.
        """
        return self._drive(self._calls.score(rollouts, Head(run, profile, accept_versions), deadline, progress))

    def submit(
        self,
        rollouts: Rollouts,
        *,
        run: str,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = CALL_SECONDS,
    ) -> list[Evaluation]:
        """Submit only: one evaluation per rollout, in order."""
        return self._drive(self._calls.submit(rollouts, Head(run, profile, accept_versions), deadline))

    def wait(
        self, ids: Sequence[str], *, deadline: float = SCORE_SECONDS, progress: Progress | None = None
    ) -> Scores:
        """Wait for evaluations by id. A deadline of 0 looks once."""
        return self._drive(self._calls.wait(ids, deadline, progress))

    def get(self, id_: str, *, wait: float = 0.0) -> Evaluation:
        """One evaluation; ``wait`` up to 50 seconds for it to end."""
        return self._drive(self._calls.get(id_, wait))

    def rejudge(
        self,
        id_: str,
        *,
        rollout_id: str | None = None,
        model: str | None = None,
        prompt: str | None = None,
        samples: int | None = None,
        deadline: float = CALL_SECONDS,
    ) -> Evaluation:
        """A new evaluation from the stored screenshots of another, by another model, prompt version or number of
        samples where these are given. The same call again under one rollout id gets the same evaluation."""
        wanted = RejudgeRequest(rollout_id=rollout_id, model=model, prompt=prompt, samples=samples)
        return self._drive(self._calls.rejudge(id_, wanted, deadline))

    def cancel(self, run: str) -> int:
        """Cancel what has not ended in a run; how many evaluations that were."""
        return self._drive(self._calls.cancel(run)).cancelled

    def scaffold(self) -> dict[str, Any]:
        """System prompt and starter files for the trainer's prompts."""
        return dict(self._drive(self._calls.json("GET", "/v1/scaffold")))

    def profiles(self) -> list[dict[str, Any]]:
        """The reward definitions that the service knows, each with ``profile``, ``hash`` and ``built_in``."""
        return self._drive(self._calls.profiles()).profiles

    def put_profile(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Add a reward definition, or a new version of one, under its name; the answer has ``profile`` and ``hash``."""
        return dict(self._drive(self._calls.put_profile(profile)))

    def artifact(self, id_: str, name: str) -> bytes:
        """Content of a screenshot, log or bundle."""
        return self._drive(self._calls.artifact(id_, name))

    def read(self, path: str, model: type[M]) -> M:
        """The answer to any GET of the contract, for example ``read("/v1/runs/a", RunStatistics)``."""
        return self._drive(self._calls.read(path, model))

    def ping(self, *, deadline: float = PING_SECONDS) -> None:
        """Return when the gateway answers.

        Raises:
            DeadlineExceeded: it did not.
        """
        self._drive(self._calls.ping(deadline))

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drive(self, flow: Flow[T]) -> T:
        try:
            send = next(flow)
            while True:
                send = flow.send(self._perform(send))
        except StopIteration as done:
            result: T = done.value
            return result

    def _perform(self, send: Send) -> Outcome:
        time.sleep(send.after)
        try:
            return answer_of(
                self._http.request(send.call.method, send.call.path, **request_options(send, self._limits))
            )
        except httpx.RequestError as error:
            return fault_of(error)


class AsyncRewardClient:
    """`RewardClient` for asyncio: the same methods, awaited."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        limits: ClientLimits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._limits = limits or ClientLimits()
        self._calls = Calls(self._limits)
        self._http = httpx.AsyncClient(transport=transport, **client_options(base_url, api_key))

    async def score(
        self,
        rollouts: Rollouts,
        *,
        run: str,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = SCORE_SECONDS,
        progress: Progress | None = None,
    ) -> Scores:
        """See `RewardClient.score`."""
        return await self._drive(self._calls.score(rollouts, Head(run, profile, accept_versions), deadline, progress))

    async def submit(
        self,
        rollouts: Rollouts,
        *,
        run: str,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = CALL_SECONDS,
    ) -> list[Evaluation]:
        """See `RewardClient.submit`."""
        return await self._drive(self._calls.submit(rollouts, Head(run, profile, accept_versions), deadline))

    async def wait(
        self, ids: Sequence[str], *, deadline: float = SCORE_SECONDS, progress: Progress | None = None
    ) -> Scores:
        """See `RewardClient.wait`."""
        return await self._drive(self._calls.wait(ids, deadline, progress))

    async def get(self, id_: str, *, wait: float = 0.0) -> Evaluation:
        """See `RewardClient.get`."""
        return await self._drive(self._calls.get(id_, wait))

    async def rejudge(
        self,
        id_: str,
        *,
        rollout_id: str | None = None,
        model: str | None = None,
        prompt: str | None = None,
        samples: int | None = None,
        deadline: float = CALL_SECONDS,
    ) -> Evaluation:
        """See `RewardClient.rejudge`."""
        wanted = RejudgeRequest(rollout_id=rollout_id, model=model, prompt=prompt, samples=samples)
        return await self._drive(self._calls.rejudge(id_, wanted, deadline))

    async def cancel(self, run: str) -> int:
        """See `RewardClient.cancel`."""
        return (await self._drive(self._calls.cancel(run))).cancelled

    async def scaffold(self) -> dict[str, Any]:
        """See `RewardClient.scaffold`."""
        return dict(await self._drive(self._calls.json("GET", "/v1/scaffold")))

    async def profiles(self) -> list[dict[str, Any]]:
        """See `RewardClient.profiles`."""
        return (await self._drive(self._calls.profiles())).profiles

    async def put_profile(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        """See `RewardClient.put_profile`."""
        return dict(await self._drive(self._calls.put_profile(profile)))

    async def artifact(self, id_: str, name: str) -> bytes:
        """See `RewardClient.artifact`."""
        return await self._drive(self._calls.artifact(id_, name))

    async def read(self, path: str, model: type[M]) -> M:
        """See `RewardClient.read`."""
        return await self._drive(self._calls.read(path, model))

    async def ping(self, *, deadline: float = PING_SECONDS) -> None:
        """See `RewardClient.ping`."""
        await self._drive(self._calls.ping(deadline))

    async def aclose(self) -> None:
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _drive(self, flow: Flow[T]) -> T:
        try:
            send = next(flow)
            while True:
                send = flow.send(await self._perform(send))
        except StopIteration as done:
            result: T = done.value
            return result

    async def _perform(self, send: Send) -> Outcome:
        await asyncio.sleep(send.after)
        try:
            options = request_options(send, self._limits)
            return answer_of(await self._http.request(send.call.method, send.call.path, **options))
        except httpx.RequestError as error:
            return fault_of(error)
