"""Judging a page that may address its grader: what does so is covered, the rest is judged as well, and each grade is
the lower of the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace
from statistics import fmean
from typing import Any

from services.contract import Finding, Severity
from services.contract.words import PageWords
from services.errors import JudgeError
from services.judge.addressing import Addressed, covered, find_all, masked_boxes
from services.judge.protocol import Case, Judge, Sample, Shot, Verdict
from services.judge.shots import MAX_BYTES, MAX_PIXELS, png_size

MAX_FINDINGS = 5
MAX_LISTED = 20


def judge_guarded(judge: Judge, case: Case, words: Mapping[str, PageWords]) -> Verdict:
    """The verdict over the shots; where they show text that addresses a grader, over the shots as they are and over
    the same with that text covered.

    Of each pair of samples, each number is the lower of the two; where the judge refuses either, it has refused. The
    verdict's facts tell what was found (``addressed``) and both verdicts (``judgings``).

    Raises:
        JudgeError: as the judge, of either.
    """
    found = find_all(words, [shot.name for shot in case.shots])
    shots = masked_shots(case.shots, words, found)
    if shots == case.shots:
        return _told(judge.judge(case), found)
    plain = judge.judge(case)
    if not plain.samples:
        return _told(plain, found)
    return _told(lower(plain, _again(judge, replace(case, shots=shots), plain)), found)


def _again(judge: Judge, case: Case, plain: Verdict) -> Verdict:
    """The second judging. What the first brought was paid for and is kept, also where the second fails."""
    try:
        return judge.judge(case)
    except JudgeError as error:
        error.replies = (*plain.replies, *error.replies)
        raise


def masked_shots(
    shots: tuple[Shot, ...], words: Mapping[str, PageWords], found: tuple[Addressed, ...]
) -> tuple[Shot, ...]:
    """The shots with what was found on them covered; the same object for each that shows nothing of it."""
    return tuple(_masked(shot, words, [one for one in found if one.shot == shot.name]) for shot in shots)


def _masked(shot: Shot, words: Mapping[str, PageWords], found: list[Addressed]) -> Shot:
    boxes = masked_boxes(words[shot.name], found) if found else ()
    width, height = png_size(shot.png)
    if not boxes or width * height > MAX_PIXELS or len(shot.png) > MAX_BYTES:
        return shot
    png = covered(shot.png, boxes)
    return shot if png is None else replace(shot, png=png)


def lower(plain: Verdict, masked: Verdict) -> Verdict:
    """Both verdicts in one; pure. Samples are paired in their order, and as many as both have."""
    samples = tuple(map(_lower, plain.samples, masked.samples))
    return Verdict(
        kind=masked.kind,
        model=masked.model,
        samples=samples,
        findings=tuple(dict.fromkeys((*plain.findings, *masked.findings))),
        replies=(*plain.replies, *masked.replies),
        usage=dict(Counter(plain.usage) + Counter(masked.usage)),
        facts={**plain.facts, "judgings": [_judging(plain, masked=False), _judging(masked, masked=True)]},
    )


def _lower(plain: Sample, masked: Sample) -> Sample:
    first = fmean(plain.criteria.values()) <= fmean(masked.criteria.values())
    criteria = {name: min(grade, masked.criteria[name]) for name, grade in plain.criteria.items()}
    return replace(plain if first else masked, criteria=criteria, overall=min(plain.overall, masked.overall))


def _judging(verdict: Verdict, *, masked: bool) -> dict[str, Any]:
    return {"masked": masked, "samples": [asdict(sample) for sample in verdict.samples]}


def _told(verdict: Verdict, found: tuple[Addressed, ...]) -> Verdict:
    listed = [asdict(one) | {"boxes": [list(box) for box in one.boxes]} for one in found[:MAX_LISTED]]
    findings = tuple(dict.fromkeys(map(_finding, found)))[:MAX_FINDINGS]
    return replace(verdict, findings=(*verdict.findings, *findings), facts={**verdict.facts, "addressed": listed})


def _finding(one: Addressed) -> Finding:
    message = f"{one.where} text behind {one.shot[:60]} addresses a grader ({one.kind}): {one.quote}"
    return Finding(rule="judge/addressed", severity=Severity.WARNING, message=message)
