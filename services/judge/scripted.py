"""The scripted judge: grades that follow from the picture's hash. For tests of everything around a judge."""

from __future__ import annotations

import hashlib
from statistics import fmean

from services.judge import addressing
from services.judge.protocol import CRITERIA, Case, Sample, Verdict
from services.judge.shots import showable

VERSION = "scripted-1"


class ScriptedJudge:
    """Equal shots get equal grades, different shots almost surely different ones. Says nothing about looks."""

    @property
    def version(self) -> str:
        return f"{VERSION}+{addressing.VERSION}"

    def judge(self, case: Case) -> Verdict:
        """Grade one case; sample ``i`` is the same in every verdict over equal shots.

        Raises:
            JudgeError: there is no shot, or one is not a PNG.
        """
        shown = showable(case.shots)
        pictures = b"".join(hashlib.sha256(shot.png).digest() for shot in shown.shots)
        samples = tuple(_sample(pictures, index) for index in range(case.samples)) if shown.shots else ()
        return Verdict("scripted", VERSION, samples, shown.findings, tuple(s.reason for s in samples))


def _sample(pictures: bytes, index: int) -> Sample:
    digest = hashlib.sha256(pictures + index.to_bytes(2)).digest()
    criteria = {name: round(byte / 51, 2) for name, byte in zip(CRITERIA, digest, strict=False)}
    reason = f"Scripted: follows from the hash of the screenshots, sample {index}."
    return Sample(criteria=criteria, overall=round(fmean(criteria.values()), 2), reason=reason)
