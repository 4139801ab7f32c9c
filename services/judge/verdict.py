"""From a case to a verdict: every model of the panel is asked for every sample, all at the same time."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from services.contract import Finding, Severity
from services.errors import BudgetSpent
from services.judge.blaming import blame
from services.judge.calling import GivenUp, Line
from services.judge.panel import Combine, combined, panel_facts
from services.judge.protocol import Sample, Shot, Verdict
from services.judge.reading import Unreadable
from services.judge.session import Session
from services.judge.shots import Showable


@dataclass(frozen=True, slots=True)
class Judging:
    """One case on its way.

    Attributes:
        shown: the shots as they are sent.
        sessions: one for each model.
        prompt: its version, for the report.
    """

    instruction: str
    samples: int
    shown: Showable
    sessions: Sequence[Session]
    line: Line
    combine: Combine
    prompt: str

    @property
    def shots(self) -> tuple[Shot, ...]:
        return self.shown.shots

    @property
    def replies(self) -> tuple[str, ...]:
        return tuple(reply for session in self.sessions for reply in session.replies)


async def reach(judging: Judging) -> Verdict:
    """The verdict. Where one model of a panel refuses a candidate's shots, there are no samples: a panel without its
    strictest member is not the panel that was chosen.

    Raises:
        JudgeError: a model gave no readable answer although the fault is not the candidate's.
    """
    asked = [_sample(session, judging) for session in judging.sessions for _ in range(judging.samples)]
    answers = await _all(asked, judging.line)
    by_model = {
        session.asked: answers[place * judging.samples : (place + 1) * judging.samples]
        for place, session in enumerate(judging.sessions)
    }
    graded = {name: [a for a in given if isinstance(a, Sample)] for name, given in by_model.items()}
    findings = [
        await blame(session, judging.instruction, judging.shots, _reasons(by_model[session.asked]))
        for session in judging.sessions
        if not graded[session.asked]
    ]
    samples = () if findings else combined(graded, judging.combine)
    return _verdict(judging, graded, samples, (*judging.shown.findings, *findings))


def _verdict(
    judging: Judging, graded: dict[str, list[Sample]], samples: tuple[Sample, ...], findings: tuple[Finding, ...]
) -> Verdict:
    if samples and len(samples) < judging.samples:
        findings = (*findings, _fewer(len(samples), judging.samples))
    return Verdict(
        kind="vlm",
        model="+".join(session.model for session in judging.sessions),
        samples=samples,
        findings=findings,
        replies=judging.replies,
        usage=dict(judging.line.usage),
        facts=_facts(judging, graded, samples),
    )


def _facts(judging: Judging, graded: dict[str, list[Sample]], samples: tuple[Sample, ...]) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "asked": [session.asked for session in judging.sessions],
        "answered": [list(session.answered) for session in judging.sessions],
        "prompt": judging.prompt,
        "shots": [shot.name for shot in judging.shots],
        "sources": dict(Counter(source for sample in samples for source in sample.sources.values())),
    }
    return facts | ({"panel": panel_facts(graded, judging.combine)} if samples and len(graded) > 1 else {})


async def _sample(session: Session, judging: Judging) -> Sample | Unreadable:
    answer = await session.ask(judging.instruction, judging.shots)
    return answer if isinstance(answer, Sample) else await session.ask(judging.instruction, judging.shots)


async def _all(asked: list[Coroutine[Any, Any, Sample | Unreadable]], line: Line) -> list[Sample | Unreadable]:
    """All answers. After a first error no call is begun, and the error comes when those under way have ended."""
    tasks = [asyncio.create_task(one) for one in asked]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        if any(task.done() and task.exception() for task in tasks):
            line.give_up()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    except asyncio.CancelledError:
        await _cancelled(tasks)
        raise
    errors = [each for each in ended if isinstance(each, BaseException)]
    if errors:
        raise next((error for error in errors if isinstance(error, BudgetSpent)), _first(errors))
    return [each for each in ended if not isinstance(each, BaseException)]


def _first(errors: list[BaseException]) -> BaseException:
    """The one that ended the judging, before those of calls that were not begun any more."""
    return next((error for error in errors if not isinstance(error, GivenUp)), errors[0])


async def _cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _reasons(answers: Sequence[Sample | Unreadable]) -> list[str]:
    return [answer.why for answer in answers if isinstance(answer, Unreadable)]


def _fewer(got: int, asked: int) -> Finding:
    message = f"{got} of {asked} samples were readable; the verdict is made of those."
    return Finding(rule="judge/samples", severity=Severity.WARNING, message=message)
