"""The VLM judge: a vision-language model behind any server that speaks the OpenAI chat-completions API.

Who is at fault when there is no grade:

- no connection, a timeout, 401, 403, 404, 408, 409, 429, 5xx, an answer that is no chat completion: ours. What may
  pass is tried again (`services.judge.retrying`), then it is a `JudgeError`;
- a refusal, a truncated or schema-breaking reply, a request refused as 400, 413, 422, or 403 of a moderation: asked
  once more; then a control shot decides. Where that is graded, the candidate's shots are what the judge refuses: a
  verdict without samples. Where it is not, ours again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random

from openai import AsyncOpenAI

from services.errors import JudgeBusy, JudgeError
from services.judge import addressing
from services.judge.calling import Line
from services.judge.limits import Limits, Unlimited, make_limits
from services.judge.models import chosen, host
from services.judge.prompt import PROMPT_VERSION, everything_asked, prompts
from services.judge.protocol import Case, Verdict
from services.judge.scaling import fitting
from services.judge.session import Asking, Session
from services.judge.shots import Showable, showable
from services.judge.verdict import Judging, reach
from services.judge.waiting import COME_AGAIN, LARGE_SHARE
from services.settings import JudgeChoice

OPENAI_URL = "https://api.openai.com/v1"

RULES = "1"
"""Goes up with everything in code that makes another grade of the same answers: expected values, combining, labels."""


class VlmJudge:
    """Grades by asking a VLM, all samples at the same time.

    Args:
        redis: address of what the judge processes share for the limits; without one, nothing limits the calls.

    Raises:
        JudgeError: the choice names no model, or one that may change, a prompt that does not exist, or a key that no
            HTTP header can carry.
    """

    def __init__(self, choice: JudgeChoice, redis: str | None = None) -> None:
        models = chosen(choice.model, choice.panel, choice.base_url, allow_aliases=choice.allow_aliases)
        self._choice = choice
        self._key = _key(choice)
        self._limits: Limits = (
            Unlimited() if redis is None else make_limits(choice.limits, redis, _address(choice), self._key)
        )
        self._prompt = _prompt(choice)
        self._askings = [
            Asking(model, self._prompt, choice.temperature, choice.shots.detail, choice.log_probabilities, self._key)
            for model in models
        ]

    @property
    def version(self) -> str:
        """Models, prompt, and a hash of everything that bears on a grade: besides these the temperature, the shots'
        settings, how a panel is combined, whether log-probabilities count, the name of the server and the rules here.
        Nothing of the key."""
        choice, models = self._choice, self._models
        parts = [
            models,
            choice.combine if len(models) > 1 else None,
            everything_asked(self._prompt, choice.shots.detail),
            choice.temperature,
            choice.shots.model_dump(),
            choice.log_probabilities,
            host(choice.base_url),
            RULES,
            addressing.VERSION,
        ]
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return f"vlm:{_word('+'.join(models))}:{self._prompt}:{digest[:12]}"

    def judge(self, case: Case) -> Verdict:
        """Grade one case. Starts an event loop of its own, so never call it from within one.

        Raises:
            JudgeError: no readable verdict although the fault is not the candidate's; holds what was replied.
        """
        shown = showable(case.shots, self._choice.shots)
        if not shown.shots:
            return Verdict("vlm", "+".join(self._models), (), shown.findings)
        sent = tuple(fitting(shot, self._choice.shots.longest_edge) for shot in shown.shots)
        return asyncio.run(self._judge(case, Showable(sent, shown.findings)))

    @property
    def _models(self) -> list[str]:
        return [asking.model for asking in self._askings]

    async def _judge(self, case: Case, shown: Showable) -> Verdict:
        async with self._client() as client:
            judging = self._judging(case, shown, client)
            try:
                async with asyncio.timeout(self._choice.deadline):
                    return await reach(judging)
            except TimeoutError:
                late = self._late(judging.line.waited)
                late.replies = judging.replies
                raise late from None
            except JudgeError as error:
                error.replies = judging.replies
                raise

    def _late(self, waited: float) -> JudgeError:
        what = f"the judge gave no verdict within {self._choice.deadline:g} s"
        if waited < LARGE_SHARE * self._choice.deadline:
            return JudgeError(what)
        why = f"calls waited {waited:.0f} s for room within our own limits (WEBGEN_JUDGE__LIMITS)"
        return JudgeBusy(f"{what}: {why}", random.uniform(*COME_AGAIN))  # noqa: S311  # spreads load

    def _judging(self, case: Case, shown: Showable, client: AsyncOpenAI) -> Judging:
        choice = self._choice
        line = Line(
            self._limits,
            case.meter,
            concurrency=choice.concurrency,
            timeout=choice.timeout,
            retries=choice.retries,
            deadline=asyncio.get_running_loop().time() + choice.deadline,
        )
        sessions = [Session(client, line, asking) for asking in self._askings]
        return Judging(case.instruction, case.samples, shown, sessions, line, choice.combine, self._prompt)

    def _client(self) -> AsyncOpenAI:
        """A client for one judging. Every value is given, so that no ``OPENAI_*`` variable decides where keys go."""
        try:
            return AsyncOpenAI(
                base_url=_address(self._choice),
                api_key=self._key or "none",
                timeout=self._choice.timeout,
                max_retries=0,
            )
        except Exception as error:
            raise JudgeError(f"the judge's address cannot be used ({type(error).__name__})") from None


def _address(choice: JudgeChoice) -> str:
    return choice.base_url or OPENAI_URL


def _word(name: str) -> str:
    """The name as a part of a version: without white space, and no longer than there is room."""
    return "".join(name.split())[:100]


def _key(choice: JudgeChoice) -> str | None:
    """The key, or None where the server needs none.

    Raises:
        JudgeError: it cannot stand in a header. The HTTP client's own message would quote it.
    """
    key = choice.api_key.get_secret_value() if choice.api_key else ""
    if not all("!" <= character <= "~" for character in key):
        raise JudgeError("the judge's API key holds a space, a line end or a character outside ASCII")
    return key or None


def _prompt(choice: JudgeChoice) -> str:
    """The prompt's version.

    Raises:
        JudgeError: there is no such prompt.
    """
    wanted = choice.prompt or PROMPT_VERSION
    if wanted not in prompts():
        raise JudgeError(f"there is no prompt {wanted!r} (WEBGEN_JUDGE__PROMPT); there are {', '.join(prompts())}")
    return wanted
