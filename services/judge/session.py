"""One judging's calls to the VLM server, and everything that they returned."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence

from openai import APIConnectionError, APIStatusError, APITimeoutError, AsyncOpenAI
from openai.types.chat import ChatCompletion

from services.errors import JudgeError
from services.judge.prompt import messages, response_format
from services.judge.protocol import Sample, Shot
from services.judge.reading import Unreadable, read

MAX_REPLY_TOKENS = 4_096
REPLY_LIMIT = 20_000
"""Characters kept of one reply."""

SHORTEST_SECRET = 8

REFUSED_REQUESTS = frozenset({400, 413, 422})
"""What a server answers to content that it does not want, and to requests that it cannot serve: a control tells."""

_ADVICE = {
    401: "check the API key (WEBGEN_JUDGE__API_KEY)",
    403: "the API key may not use this model (WEBGEN_JUDGE__API_KEY)",
    404: "it does not know the model or the address (WEBGEN_JUDGE__MODEL, WEBGEN_JUDGE__BASE_URL)",
    429: "it is rate limited",
}


class Session:
    """Attributes:
    model: as the server names it; the one asked for until a server answered.
    replies: raw texts, readable or not, without the API key wherever a server echoes it.
    usage: token counts over all calls, and ``calls``.
    """

    def __init__(self, client: AsyncOpenAI, model: str, temperature: float, key: str | None, prompt: str) -> None:
        self._client = client
        self._asked_model = model
        self._temperature = temperature
        self._key = key
        self._prompt = prompt
        self.model = model
        self.replies: list[str] = []
        self.usage: Counter[str] = Counter()

    async def ask(self, instruction: str, shots: Sequence[Shot]) -> Sample | Unreadable:
        """One call with a nonce of its own.

        Raises:
            JudgeError: the server did not answer the call, and not because of what it was shown.
        """
        nonce = secrets.token_hex(16)
        self.usage["calls"] += 1
        try:
            completion = await self._client.chat.completions.create(
                model=self._asked_model,
                messages=messages(instruction, shots, nonce, self._prompt),
                response_format=response_format(),
                temperature=self._temperature,
                max_completion_tokens=MAX_REPLY_TOKENS,
            )
        except APIStatusError as error:
            return self._status(error)
        except Exception as error:
            # Whatever else ends a call (transport, address, an unparsable envelope) is the judge's. The cause is cut
            # off: it holds the request, and the request holds the key.
            raise JudgeError(f"the judge's server {_what(error)}") from None
        return self._take(completion, nonce)

    def _status(self, error: APIStatusError) -> Unreadable:
        status = error.status_code
        if status in REFUSED_REQUESTS:
            return Unreadable(f"request refused with {status}: {self._clean(error.message)[:300]}")
        advice = _ADVICE.get(status)
        raise JudgeError(f"the judge's server answered {status}" + (f": {advice}" if advice else "")) from None

    def _take(self, completion: ChatCompletion, nonce: str) -> Sample | Unreadable:
        """Keep what the server returned, and read it. The client validates nothing, so nothing is taken for granted."""
        if not isinstance(completion, ChatCompletion) or not getattr(completion, "choices", None):
            raise JudgeError("the judge's server answered with something that is no chat completion")
        choice = completion.choices[0]
        message = getattr(choice, "message", None)
        content = getattr(message, "content", None)
        refusal = getattr(message, "refusal", None)
        self._count(completion)
        self.replies.append(self._clean(str(refusal or content or ""))[:REPLY_LIMIT])
        if refusal or choice.finish_reason == "content_filter":
            return Unreadable("refused")
        if choice.finish_reason == "length":
            return Unreadable("truncated")
        return read(self._clean(content) if isinstance(content, str) else "", nonce)

    def _count(self, completion: ChatCompletion) -> None:
        if completion.model:
            self.model = self._clean(str(completion.model))[:200]
        for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
            count = getattr(completion.usage, name, None)
            if isinstance(count, int):
                self.usage[name] += count

    def _clean(self, text: str) -> str:
        """Without NUL and without the key. A key of a few characters is a placeholder, and would break words."""
        text = text.replace("\0", "")
        return text.replace(self._key, "[key]") if self._key and len(self._key) >= SHORTEST_SECRET else text


def _what(error: Exception) -> str:
    if isinstance(error, APITimeoutError):
        return "did not answer in time"
    if isinstance(error, APIConnectionError):
        return "cannot be reached"
    return f"gave no usable answer ({type(error).__name__})"
