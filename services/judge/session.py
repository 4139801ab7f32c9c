"""One model's part of one judging: what it is asked, and everything that it returned."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from openai import AsyncOpenAI
from openai.types.chat import ChatCompletion
from openai.types.chat.chat_completion import Choice

from services.errors import JudgeError
from services.judge.calling import Line, RefusedRequest
from services.judge.expected import Token
from services.judge.prompt import Detail, messages, response_format, rubric
from services.judge.protocol import Sample, Shot
from services.judge.reading import Unreadable, read, weighed
from services.judge.shots import png_size
from services.judge.tokens import call_tokens

MAX_REPLY_TOKENS = 4_096
REPLY_LIMIT = 20_000
"""Characters kept of one reply."""

SHORTEST_SECRET = 8

ALTERNATIVES = 20
"""Tokens that the server is asked for at each place: the most that the API allows."""


@dataclass(slots=True)
class Asking:
    """How a model is asked. Lives as long as the judge does.

    Attributes:
        key: blotted out wherever a server echoes it.
        probable: log-probabilities are asked for; ``auto`` becomes ``off`` with a server that refuses them.
    """

    model: str
    prompt: str
    temperature: float
    detail: Detail
    probable: str
    key: str | None = field(repr=False)


class Session:
    """Attributes:
    answered: names under which the server answered, each once.
    replies: raw texts, readable or not, without the API key wherever a server echoes it.
    """

    def __init__(self, client: AsyncOpenAI, line: Line, asking: Asking) -> None:
        self._client, self._line, self._asking = client, line, asking
        self.answered: list[str] = []
        self.replies: list[str] = []

    @property
    def asked(self) -> str:
        return self._asking.model

    @property
    def model(self) -> str:
        """As the server names it; the one asked for until a server answered."""
        return self.answered[-1] if self.answered else self._asking.model

    async def ask(self, instruction: str, shots: Sequence[Shot]) -> Sample | Unreadable:
        """One question with a nonce of its own.

        Raises:
            JudgeError: the server did not answer, and not because of what it was shown.
        """
        nonce = secrets.token_hex(16)
        probable = self._asking.probable != "off"
        answer = await self._call(instruction, shots, nonce, probable=probable)
        if isinstance(answer, RefusedRequest) and probable and "logprob" in answer.message.lower():
            answer = await self._call(instruction, shots, nonce, probable=False)
            self._offers_none(answer)
        if isinstance(answer, RefusedRequest):
            message = self._clean(answer.message)
            self.replies.append(message[:REPLY_LIMIT])
            return Unreadable(f"request refused with {answer.status}: {message[:300]}")
        return self._take(answer, nonce)

    async def _call(
        self, instruction: str, shots: Sequence[Shot], nonce: str, *, probable: bool
    ) -> ChatCompletion | RefusedRequest:
        asking = self._asking
        asked: dict[str, Any] = {
            "model": asking.model,
            "messages": messages(instruction, shots, nonce, asking.prompt, asking.detail),
            "response_format": response_format(),
            "temperature": asking.temperature,
            "max_completion_tokens": MAX_REPLY_TOKENS,
        } | ({"logprobs": True, "top_logprobs": ALTERNATIVES} if probable else {})
        sizes = [png_size(shot.png) for shot in shots]
        tokens = call_tokens(rubric(asking.prompt) + instruction, sizes, asking.detail)
        return await self._line.call(lambda: self._client.chat.completions.create(**asked), asking.model, tokens)

    def _offers_none(self, answer: ChatCompletion | RefusedRequest) -> None:
        """Ask for log-probabilities no more, where the same request is served without them. One that is refused
        without them too was refused for something else, and its message only repeats what was asked for."""
        if isinstance(answer, RefusedRequest):
            return
        if self._asking.probable == "on":
            raise JudgeError("the judge's server offers no log-probabilities (WEBGEN_JUDGE__LOG_PROBABILITIES=on)")
        self._asking.probable = "off"

    def _take(self, completion: ChatCompletion, nonce: str) -> Sample | Unreadable:
        """Keep what the server returned, and read it."""
        choice = completion.choices[0]
        message = getattr(choice, "message", None)
        content = getattr(message, "content", None)
        refusal = getattr(message, "refusal", None)
        self._name(completion)
        self.replies.append(self._clean(str(refusal or content or ""))[:REPLY_LIMIT])
        finish = getattr(choice, "finish_reason", None)
        if refusal or finish == "content_filter":
            return Unreadable("refused")
        if finish == "length":
            return Unreadable("truncated")
        text = content if isinstance(content, str) else ""
        sample = read(self._clean(text), nonce)
        return sample if isinstance(sample, Unreadable) else self._weighed(sample, text, choice)

    def _weighed(self, sample: Sample, text: str, choice: Choice) -> Sample:
        tokens = read_tokens(choice)
        if self._asking.probable == "on" and not tokens:
            raise JudgeError("the judge's server gave no log-probabilities (WEBGEN_JUDGE__LOG_PROBABILITIES=on)")
        return weighed(sample, text, tokens) if tokens else sample

    def _name(self, completion: ChatCompletion) -> None:
        name = self._clean(str(getattr(completion, "model", None) or ""))[:200]
        if name and name not in self.answered:
            self.answered.append(name)

    def _clean(self, text: str) -> str:
        """Without NUL and without the key. A key of a few characters is a placeholder, and would break words."""
        text, key = text.replace("\0", ""), self._asking.key
        return text.replace(key, "[key]") if key and len(key) >= SHORTEST_SECRET else text


def read_tokens(choice: Choice) -> list[Token]:
    """The answer's tokens with their alternatives; none where the server told none, or not in the API's shape."""
    try:
        told = choice.logprobs.content if choice.logprobs else None
        return [
            Token(
                _bytes(token.token, token.bytes),
                float(token.logprob),
                tuple((_bytes(other.token, other.bytes), float(other.logprob)) for other in token.top_logprobs or ()),
            )
            for token in told or ()
        ]
    except (AttributeError, TypeError, ValueError):
        return []


def _bytes(token: str, told: list[int] | None) -> bytes:
    return bytes(told) if told else token.encode("utf-8", "replace")
