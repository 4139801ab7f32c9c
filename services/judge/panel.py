"""Several models' grades of one case become one; how far apart they are is told beside it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any, Literal

from services.judge.protocol import CRITERIA, Sample

Combine = Literal["mean", "median"]

GRADES = (*CRITERIA, "overall")


def combined(graded: Mapping[str, Sequence[Sample]], how: Combine) -> tuple[Sample, ...]:
    """One sample for as many as every model gave: each grade is the mean or the median of the models' grades.

    Args:
        graded: readable samples by model, at least one each. One model's samples are passed on as they are.
    """
    if len(graded) == 1:
        return tuple(next(iter(graded.values())))
    return tuple(_one(dict(zip(graded, row, strict=True)), how) for row in zip(*graded.values(), strict=False))


def panel_facts(graded: Mapping[str, Sequence[Sample]], how: Combine) -> dict[str, Any]:
    """``combine``; ``models``: each one's mean grades; ``disagreement``: how far the models' means are apart, 0 to 5
    scale, as the standard deviation (n - 1) of ``appearance``, the mean of the four criteria, and for each grade as
    the ``range`` from the lowest to the highest."""
    means = {
        name: {grade: fmean(_grade(s, grade) for s in given) for grade in GRADES} for name, given in graded.items()
    }
    looks = [fmean(mean[name] for name in CRITERIA) for mean in means.values()]
    ranges = {g: max(m[g] for m in means.values()) - min(m[g] for m in means.values()) for g in GRADES}
    return {
        "combine": how,
        "models": {name: _rounded(mean) for name, mean in means.items()},
        "disagreement": {
            "appearance": round(stdev(looks), 6) if len(looks) > 1 else None,
            "range": _rounded(ranges),
        },
    }


def _one(row: Mapping[str, Sample], how: Combine) -> Sample:
    middle = fmean if how == "mean" else median
    grades = {grade: round(middle([_grade(sample, grade) for sample in row.values()]), 6) for grade in GRADES}
    sources = {grade: _shared([sample.sources.get(grade, "stated") for sample in row.values()]) for grade in GRADES}
    return Sample(
        criteria={name: grades[name] for name in CRITERIA},
        overall=grades["overall"],
        reason="\n".join(f"{name}:\n{sample.reason}" for name, sample in row.items()),
        sources=sources if any(sample.sources for sample in row.values()) else {},
    )


def _grade(sample: Sample, name: str) -> float:
    return sample.overall if name == "overall" else sample.criteria[name]


def _shared(sources: Sequence[str]) -> str:
    """``mixed`` where the models' numbers come about in different ways."""
    return sources[0] if len(set(sources)) == 1 else "mixed"


def _rounded(grades: Mapping[str, float]) -> dict[str, float]:
    return {name: round(value, 6) for name, value in grades.items()}
