"""From a verdict to what the judge stage reports. The glue to queue and records is `services.judge.worker`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean, stdev
from typing import Any

from services.contract import Finding
from services.contract.words import PageWords
from services.judge.guard import judge_guarded
from services.judge.protocol import Case, Judge, Sample, Verdict


@dataclass(frozen=True, slots=True)
class JudgedCase:
    """One case, judged.

    Attributes:
        passed: there is at least one sample; otherwise the candidate's shots were refused.
        facts: ``samples`` (each ``criteria``, ``overall``, ``reason``), ``kind``, ``model``, ``usage``, ``spread``;
            with words ``addressed``, and ``judgings`` where there were two.
        reply: the raw replies as a JSON document.
    """

    passed: bool
    facts: dict[str, Any]
    findings: tuple[Finding, ...]
    reply: bytes


def judge_shots(judge: Judge, case: Case, words: Mapping[str, PageWords] | None = None) -> JudgedCase:
    """Have one case judged.

    Args:
        words: the texts behind each screenshot, by its name; where there are none, nobody looks for what addresses a
            grader (`services.judge.guard`).

    Raises:
        JudgeError: no verdict, and not through the candidate's fault.
    """
    verdict = judge.judge(case) if words is None else judge_guarded(judge, case, words)
    return JudgedCase(bool(verdict.samples), verdict_facts(verdict), verdict.findings, reply_bytes(verdict))


def verdict_facts(verdict: Verdict) -> dict[str, Any]:
    """The facts of a judge report; plain JSON values."""
    return {
        "samples": [asdict(sample) for sample in verdict.samples],
        "kind": verdict.kind,
        "model": verdict.model,
        "usage": dict(verdict.usage),
        "spread": spread(verdict.samples),
        **verdict.facts,
    }


def spread(samples: tuple[Sample, ...]) -> float | None:
    """Standard deviation (n - 1) of the samples' criteria means, 0 to 5 scale; None with fewer than two."""
    means = [fmean(sample.criteria.values()) for sample in samples]
    return round(stdev(means), 6) if len(means) > 1 else None


def reply_bytes(verdict: Verdict) -> bytes:
    return _json({"kind": verdict.kind, "model": verdict.model, "replies": list(verdict.replies)})


def replies_bytes(version: str, replies: Sequence[str]) -> bytes:
    """The same of a judging without a verdict, by the judge's version."""
    return _json({"judge": version, "replies": list(replies)})


def _json(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=True, indent=1).encode()
