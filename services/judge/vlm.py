"""The VLM judge: a vision-language model behind any server that speaks the OpenAI chat-completions API.

Who is at fault when there is no grade:

- no connection, a timeout, 401, 403, 404, 429, 5xx, an answer that is no chat completion: ours, a `JudgeError`;
- a refusal, a truncated or schema-breaking reply, a request refused as 400, 413 or 422: asked once more; then a
  control shot decides. Where that is graded, the candidate's shots are what the judge refuses: a verdict without
  samples. Where it is not, ours again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from openai import AsyncOpenAI

from services.contract import Finding, Severity
from services.errors import JudgeError
from services.judge.control import control_instruction, control_shot
from services.judge.prompt import PROMPT_VERSION, prompts
from services.judge.protocol import Case, Sample, Shot, Verdict
from services.judge.reading import Unreadable
from services.judge.session import Session
from services.judge.shots import Showable, png_size, refused, showable
from services.settings import JudgeChoice
from services.stages import POLICIES, Stage

OPENAI_URL = "https://api.openai.com/v1"

RETRIES = 2
"""Repeats of one call inside the client, with its backoff. The pipeline's own tries come on top."""

DEADLINE = 0.8 * POLICIES[Stage.JUDGE].hard_limit
"""Seconds for one whole judging: ends before the worker process would be ended."""


class VlmJudge:
    """Grades by asking a VLM, all samples at the same time.

    Raises:
        JudgeError: the choice names no model, a prompt that does not exist, or a key that no HTTP header can carry.
    """

    def __init__(self, choice: JudgeChoice) -> None:
        if not choice.model:
            raise JudgeError("the VLM judge needs a model: set WEBGEN_JUDGE__MODEL")
        self._choice = choice
        self._model = choice.model
        self._key = _key(choice)
        self._prompt = _prompt(choice)

    @property
    def version(self) -> str:
        return f"vlm:{self._model}:{self._prompt}"

    def judge(self, case: Case) -> Verdict:
        """Grade one case. Starts an event loop of its own, so never call it from within one.

        Raises:
            JudgeError: no readable verdict although the fault is not the candidate's.
        """
        shown = showable(case.shots)
        if not shown.shots:
            return Verdict("vlm", self._model, (), shown.findings)
        return asyncio.run(self._judge(case, shown))

    async def _judge(self, case: Case, shown: Showable) -> Verdict:
        try:
            async with asyncio.timeout(DEADLINE), self._client() as client:
                session = Session(client, self._model, self._choice.temperature, self._key, self._prompt)
                return await _verdict(session, case, shown)
        except TimeoutError:
            raise JudgeError(f"the judge gave no verdict within {DEADLINE:.0f} s") from None

    def _client(self) -> AsyncOpenAI:
        """A client for one judging. Every value is given, so that no ``OPENAI_*`` variable decides where keys go."""
        address = self._choice.base_url or OPENAI_URL
        try:
            return AsyncOpenAI(
                base_url=address,
                api_key=self._key or "none",
                timeout=self._choice.timeout,
                max_retries=RETRIES,
            )
        except Exception as error:
            raise JudgeError(f"the judge's address cannot be used ({type(error).__name__})") from None


async def _verdict(session: Session, case: Case, shown: Showable) -> Verdict:
    answers = await _all([_sample(session, case.instruction, shown.shots) for _ in range(case.samples)])
    samples = tuple(answer for answer in answers if isinstance(answer, Sample))
    findings = shown.findings
    if not samples:
        findings = (
            *findings,
            await _blame(session, case.instruction, shown, [a.why for a in answers if isinstance(a, Unreadable)]),
        )
    elif len(samples) < len(answers):
        findings = (*findings, _fewer(len(samples), len(answers)))
    return Verdict("vlm", session.model, samples, findings, tuple(session.replies), dict(session.usage))


async def _all(asked: list[Coroutine[Any, Any, Sample | Unreadable]]) -> list[Sample | Unreadable]:
    """All answers; the first error only after every call has ended."""
    ended = await asyncio.gather(*asked, return_exceptions=True)
    answers = []
    for answer in ended:
        if isinstance(answer, BaseException):
            raise answer
        answers.append(answer)
    return answers


async def _sample(session: Session, instruction: str, shots: Sequence[Shot]) -> Sample | Unreadable:
    answer = await session.ask(instruction, shots)
    return answer if isinstance(answer, Sample) else await session.ask(instruction, shots)


async def _blame(session: Session, instruction: str, shown: Showable, reasons: list[str]) -> Finding:
    """The candidate's finding where control shots are graded: as many, as large, under as long an instruction, so
    that a server's bound on any of these is not taken for the candidate's fault.

    Raises:
        JudgeError: the control shot got no grade either.
    """
    why = "; ".join(sorted(set(reasons)))
    controls = tuple(control_shot(*png_size(shot.png)) for shot in shown.shots)
    control = await session.ask(control_instruction(len(instruction)), controls)
    if isinstance(control, Sample):
        return refused(f"refused twice, while a control shot was graded ({why})")
    raise JudgeError(f"the judge graded neither the candidate's shots ({why}) nor a control shot ({control.why})")


def _fewer(got: int, asked: int) -> Finding:
    message = f"{got} of {asked} samples were readable; the verdict is made of those."
    return Finding(rule="judge/samples", severity=Severity.WARNING, message=message)


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
