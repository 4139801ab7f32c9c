"""The client for asyncio."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from services.contract import Evaluation, RejudgeRequest
from trainer_client.calls import CALL_SECONDS, PING_SECONDS, Calls, Many
from trainer_client.flows import Flow, M, Run, Send
from trainer_client.limits import SCORE_SECONDS, ClientLimits, Deadline
from trainer_client.prepare import Head, Rollouts
from trainer_client.retry import RESTED, Outcome
from trainer_client.scores import Awaited, Progress, Scores
from trainer_client.wire import answer_of, client_options, fault_of, request_options, too_slow

T = TypeVar("T")


class AsyncRewardClient:
    """`RewardClient` for asyncio: the same methods, awaited. Several event loops may use one, also one after another.

    Everything that takes longer with more rollouts (checking, writing and reading JSON) is done in a thread: the event
    loop belongs to its owner. A progress callback is called on it.
    """

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
        self._options = {"transport": transport, **client_options(base_url, api_key, self._limits)}
        self._clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = (
            weakref.WeakKeyDictionary()
        )

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
        head, until = Head(run, profile, accept_versions), Deadline.after(deadline)
        return await self._many(lambda: self._calls.score(rollouts, head, until, progress))

    async def submit(
        self,
        rollouts: Rollouts,
        *,
        run: str,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = SCORE_SECONDS,
    ) -> list[Evaluation]:
        """See `RewardClient.submit`."""
        head, until = Head(run, profile, accept_versions), Deadline.after(deadline)
        scores = await self._many(lambda: self._calls.submit(rollouts, head, until))
        return [evaluation for evaluation in scores if evaluation]

    async def wait(
        self, awaited: Awaited, *, deadline: float = SCORE_SECONDS, progress: Progress | None = None
    ) -> Scores:
        """See `RewardClient.wait`."""
        until = Deadline.after(deadline)
        return await self._many(lambda: self._calls.wait(awaited, until, progress))

    def iter_results(
        self,
        what: Awaited | Rollouts,
        *,
        run: str | None = None,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = SCORE_SECONDS,
        progress: Progress | None = None,
    ) -> AsyncIterator[Evaluation]:
        """See `RewardClient.iter_results`; for ``async for``."""
        head = None if run is None else Head(run, profile, accept_versions)
        until = Deadline.after(deadline)
        return self._iterate(lambda: self._calls.iter_results(what, head, until, progress))

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
        return await self._drive(self._calls.scaffold())

    async def profiles(self) -> list[dict[str, Any]]:
        """See `RewardClient.profiles`."""
        return (await self._drive(self._calls.profiles())).profiles

    async def put_profile(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        """See `RewardClient.put_profile`."""
        return await self._drive(self._calls.put_profile(profile))

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
        """Close the connections of the running event loop; those of loops that have ended went with them."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _many(self, begin: Callable[[], Many[T]]) -> T:
        return await self._drive(await asyncio.to_thread(begin))

    async def _drive(self, flow: Run[T] | Flow[T]) -> T:
        run = flow if isinstance(flow, Run) else Run(flow)
        async for _ in self._steps(run):
            pass
        return run.result

    async def _iterate(self, begin: Callable[[], Many[Scores]]) -> AsyncIterator[Evaluation]:
        many = await asyncio.to_thread(begin)
        async for _ in self._steps(many):
            for evaluation in many.board.newly_ended():
                yield evaluation
        for evaluation in many.board.newly_ended():
            yield evaluation

    async def _steps(self, run: Run[T]) -> AsyncIterator[None]:
        await asyncio.to_thread(run.go, None)
        run.tell()
        while run.send is not None:
            await asyncio.to_thread(run.go, await self._perform(run.send))
            run.tell()
            yield

    async def _perform(self, send: Send) -> Outcome:
        await asyncio.sleep(send.after)
        if send.call is None:
            return RESTED
        try:
            async with asyncio.timeout(send.timeout):
                response = await self._http().request(**request_options(send.call, send.timeout, self._limits))
        except httpx.RequestError as error:
            return fault_of(error)
        except TimeoutError:
            return too_slow(send.timeout)
        return answer_of(response, response.content)

    def _http(self) -> httpx.AsyncClient:
        """The running loop's: connections belong to the loop that opened them."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(**self._options)
        return self._clients[loop]
