"""The client for threads. `trainer_client.async_client` is the same for asyncio: one set of flows, two drivers."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
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
        self._http = httpx.Client(transport=transport, **client_options(base_url, api_key, self._limits))

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
        """Submit and wait. At the deadline (seconds, for the whole call) what is missing is None, and
        `Scores.fault` says why: nothing is raised for it. `wait` goes on with it.

        Raises:
            InvalidRollout, Refused, BadAnswer: see `trainer_client.errors`.
        """
        until = Deadline.after(deadline)
        return self._drive(self._calls.score(rollouts, Head(run, profile, accept_versions), until, progress))

    def submit(
        self,
        rollouts: Rollouts,
        *,
        run: str,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = SCORE_SECONDS,
    ) -> list[Evaluation]:
        """Submit only: one evaluation per rollout, in order.

        Raises:
            DeadlineExceeded: not everything was accepted in time; the error's ``scores`` can be given to `wait`.
        """
        until = Deadline.after(deadline)
        scores = self._drive(self._calls.submit(rollouts, Head(run, profile, accept_versions), until))
        return [evaluation for evaluation in scores if evaluation]

    def wait(self, awaited: Awaited, *, deadline: float = SCORE_SECONDS, progress: Progress | None = None) -> Scores:
        """Wait for evaluations, given by id or as they came from `submit`; or go on with the `Scores` of a call that
        met its deadline, the rollouts that were not accepted included. A deadline of 0 looks once."""
        return self._drive(self._calls.wait(awaited, Deadline.after(deadline), progress))

    def iter_results(
        self,
        what: Awaited | Rollouts,
        *,
        run: str | None = None,
        profile: str | None = None,
        accept_versions: bool = False,
        deadline: float = SCORE_SECONDS,
        progress: Progress | None = None,
    ) -> Iterator[Evaluation]:
        """Evaluations as they end. ``what`` is as for `wait`; with a ``run``, rollouts as for `score`.

        Each is given once, scored, unscored or cancelled. At the deadline this ends without those that are missing.
        """
        head = None if run is None else Head(run, profile, accept_versions)
        return self._iterate(self._calls.iter_results(what, head, Deadline.after(deadline), progress))

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
        """Cancel what has not ended in a run; how many evaluations that were. Rollouts that are
        submitted under the run later are new work."""
        return self._drive(self._calls.cancel(run)).cancelled

    def scaffold(self) -> dict[str, Any]:
        """System prompt and starter files for the trainer's prompts."""
        return self._drive(self._calls.scaffold())

    def profiles(self) -> list[dict[str, Any]]:
        """The reward definitions that the service knows, each with ``profile``, ``hash`` and ``built_in``."""
        return self._drive(self._calls.profiles()).profiles

    def put_profile(self, profile: Mapping[str, Any]) -> dict[str, Any]:
        """Add a reward definition, or a new version of one, under its name; the answer has ``profile`` and ``hash``."""
        return self._drive(self._calls.put_profile(profile))

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

    def _drive(self, flow: Run[T] | Flow[T]) -> T:
        run = flow if isinstance(flow, Run) else Run(flow)
        for _ in self._steps(run):
            pass
        return run.result

    def _iterate(self, many: Many[Scores]) -> Iterator[Evaluation]:
        for _ in self._steps(many):
            yield from many.board.newly_ended()
        yield from many.board.newly_ended()

    def _steps(self, run: Run[T]) -> Iterator[None]:
        run.go(None)
        run.tell()
        while run.send is not None:
            run.go(self._perform(run.send))
            run.tell()
            yield

    def _perform(self, send: Send) -> Outcome:
        time.sleep(send.after)
        if send.call is None:
            return RESTED
        until = time.monotonic() + send.timeout
        content = bytearray()
        try:
            with self._http.stream(**request_options(send.call, send.timeout, self._limits)) as response:
                for piece in response.iter_bytes():
                    content += piece
                    if time.monotonic() > until:
                        return too_slow(send.timeout)
                return answer_of(response, bytes(content))
        except httpx.RequestError as error:
            return fault_of(error)
