"""One call of the VLM server after another: with a permit, within the budget, repeated where that may help."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from openai import APIConnectionError, APIStatusError, APITimeoutError
from openai.types.chat import ChatCompletion

from services.errors import JudgeError
from services.judge.limits import Limits, Permit
from services.judge.protocol import Meter
from services.judge.retrying import NO_CREDIT, Failure, retry_after, wait_for
from services.judge.waiting import Waiting
from services.telemetry.metrics import JUDGE_CALLS, JUDGE_SECONDS

REFUSED_REQUESTS = frozenset({400, 413, 422})
"""What a server answers to content that it does not want, and to requests that it cannot serve: a control tells."""

MODERATED = re.compile(r"moderat|flagged", re.IGNORECASE)
"""In a 403: a proxy refuses what it was shown, not who asks (OpenRouter's documentation, "Errors")."""

MOST_TOKENS = 10_000_000
"""A server that tells of more in one call tells nothing."""

_ADVICE = {
    401: "check the API key (WEBGEN_JUDGE__API_KEY)",
    403: "the API key may not use this model (WEBGEN_JUDGE__API_KEY)",
    404: "it does not know the model or the address (WEBGEN_JUDGE__MODEL, WEBGEN_JUDGE__BASE_URL)",
    429: "it is rate limited",
}

_NO_ADDRESS = frozenset({"InvalidURL", "LocalProtocolError", "UnsupportedProtocol"})
"""What the HTTP client calls an address, or a header, with which it cannot even try."""

Send = Callable[[], Awaitable[object]]
"""Sends one request and returns the client's reading of the answer, whatever that is."""


@dataclass(frozen=True, slots=True)
class RefusedRequest:
    """Attributes:
    status: one of `REFUSED_REQUESTS`, or 403 where the content was `MODERATED`.
    message: as the server put it.
    """

    status: int
    message: str


Answer = ChatCompletion | RefusedRequest | Failure


class GivenUp(JudgeError):
    """A call that was not begun, as another one of the same judging had failed."""


class Line:
    """The way to the server for one judging.

    Attributes:
        usage: ``calls`` that were sent, and of these ``retries``.
    """

    def __init__(
        self, limits: Limits, meter: Meter, *, concurrency: int, timeout: float, retries: int, deadline: float
    ) -> None:
        """``deadline``: on the running event loop's clock."""
        self._limits, self._meter = limits, meter
        self._timeout, self._retries, self._deadline = timeout, retries, deadline
        self._room = asyncio.Semaphore(concurrency)
        self._over = asyncio.Event()
        self._waiting = Waiting(time.monotonic)
        self.usage: Counter[str] = Counter()

    @property
    def waited(self) -> float:
        """Seconds in which a call of this judging waited for room within the limits."""
        return self._waiting.seconds

    async def call(self, send: Send, model: str, tokens: int) -> ChatCompletion | RefusedRequest:
        """The server's answer to one request.

        Args:
            model: as it is asked for.
            tokens: estimate of what the call takes in and gives out.

        Raises:
            JudgeError: the server did not answer the call, and not because of what it was shown; or the judging
                was given up in the meantime. `BudgetSpent` of the meter.
        """
        try:
            return await self._until_answered(send, model, tokens)
        except Exception:
            self.give_up()  # before another call of this judging takes the room that was left
            raise

    def give_up(self) -> None:
        """Begin no further call: nothing can come of the judging any more. Calls under way go on to their end, as
        the server counts them anyway."""
        self._over.set()

    async def _until_answered(self, send: Send, model: str, tokens: int) -> ChatCompletion | RefusedRequest:
        failed = 0
        while True:
            answer = await self._try(send, model, tokens)
            if not isinstance(answer, Failure):
                return answer
            failed += 1
            left = self._deadline - asyncio.get_running_loop().time()
            wait = wait_for(answer, failed, self._retries, left, random.random())  # noqa: S311  # spreads load
            if wait is None:
                raise _given_up(answer, failed, tries_left=failed <= self._retries)
            self.usage["retries"] += 1
            await self._pause(wait)

    async def _try(self, send: Send, model: str, tokens: int) -> Answer:
        async with self._room:
            self._go_on()
            async with contextlib.AsyncExitStack() as held:
                with self._waiting.counted():
                    permit = await held.enter_async_context(self._limits.call(tokens))
                self._go_on()
                self.usage["calls"] += 1
                began = time.monotonic()
                answer = await self._answer(send)
                _measure(answer, time.monotonic() - began)
                return self._told(answer, permit, model, tokens)

    def _go_on(self) -> None:
        """Asked before a call waits for its turn, and when that has come."""
        if self._over.is_set():
            raise GivenUp("the judging was given up")
        self._meter.admit()

    async def _answer(self, send: Send) -> Answer:
        """A server that sends its answer byte by byte is late too, which the client's own timeout does not see."""
        try:
            async with asyncio.timeout(self._timeout):
                return _completion(await send())
        except (TimeoutError, APITimeoutError):
            return Failure("did not answer in time")
        except APIConnectionError as error:
            return Failure("cannot be reached", lasting=type(error.__cause__).__name__ in _NO_ADDRESS)
        except APIStatusError as error:
            return _status(error)
        except Exception as error:
            # Whatever else ends a call (address, an unparsable envelope) is the judge's. The cause is cut off: it
            # holds the request, and the request holds the key.
            return Failure(f"gave no usable answer ({type(error).__name__})")

    def _told(self, answer: Answer, permit: Permit, model: str, tokens: int) -> Answer:
        """Where the server answered and told no tokens, the estimate stands for them, also in the budget."""
        if isinstance(answer, Failure):
            if answer.passing:
                permit.failed()
            return answer
        used = _used(answer)
        self.usage.update(used)
        told = used["prompt_tokens"] + used["completion_tokens"]
        permit.used(told or tokens)
        if isinstance(answer, ChatCompletion):
            self._meter.count(model, used["prompt_tokens"] if told else tokens, used["completion_tokens"])
        return answer

    async def _pause(self, wait: float) -> None:
        try:
            async with asyncio.timeout(wait):
                await self._over.wait()
        except TimeoutError:
            return


def _measure(answer: Answer, seconds: float) -> None:
    JUDGE_SECONDS.labels("vlm").observe(seconds)
    JUDGE_CALLS.labels("vlm", _outcome(answer)).inc()


def calls_introduced() -> None:
    """Begin the counters at 0: what begins at 1 has no rate."""
    JUDGE_SECONDS.labels("vlm")
    for outcome in ("answered", "refused", "rate-limited", "no-answer", "failed"):
        JUDGE_CALLS.labels("vlm", outcome)


def _outcome(answer: Answer) -> str:
    match answer:
        case ChatCompletion():
            return "answered"
        case RefusedRequest():
            return "refused"
        case Failure(status=429):
            return "rate-limited"
        case Failure(status=None):
            return "no-answer"
        case _:
            return "failed"


def _completion(answer: object) -> ChatCompletion | Failure:
    """The client validates nothing, so nothing is taken for granted."""
    if isinstance(answer, ChatCompletion) and isinstance(getattr(answer, "choices", None), list) and answer.choices:
        return answer
    return Failure("answered with something that is no chat completion")


def _status(error: APIStatusError) -> RefusedRequest | Failure:
    status = error.status_code
    if status in REFUSED_REQUESTS or (status == 403 and MODERATED.search(error.message)):
        return RefusedRequest(status, error.message)
    code = error.code if isinstance(error.code, str) else None
    advice = "the account has no credit left" if code == NO_CREDIT else _ADVICE.get(status)
    what = f"answered {status}" + (f": {advice}" if advice else "")
    return Failure(what, status, code, retry_after(error.response.headers, datetime.now(UTC)))


def _used(answer: ChatCompletion | RefusedRequest) -> Counter[str]:
    """Tokens as the server told them, which is no more than its word."""
    usage = getattr(answer, "usage", None)
    told = {name: getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    return Counter({name: count for name, count in told.items() if type(count) is int and 0 < count < MOST_TOKENS})


def _given_up(failure: Failure, failed: int, *, tries_left: bool) -> JudgeError:
    """A server that asks for a longer wait than a judging has is asked again when it says, and not before."""
    tries = f", {failed} times" if failed > 1 else ""
    error = JudgeError(f"the judge's server {failure.what}{tries}")
    if failure.passing and tries_left:
        error.retry_after = failure.retry_after
    return error
