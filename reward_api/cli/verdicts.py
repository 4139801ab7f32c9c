"""Judges' verdicts beside people's grades of the same sites."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from reward_api.analysis.agreement import Agreement, agreement
from reward_api.cli.grades import APPEARANCE, OVERALL, SCALES, Site
from reward_api.cli.judging import report_of
from reward_api.cli.source import Source
from services.contract import Evaluation
from services.errors import NotFound
from services.judge.protocol import CRITERIA
from services.stages import Stage


@dataclass(frozen=True, slots=True)
class Who:
    """A judge: verdicts of different ones are never put together."""

    kind: str
    model: str
    version: str


@dataclass(frozen=True, slots=True)
class Point:
    """One site: the judge's and people's grades by scale. ``group``: of its step in its run; None without one."""

    evaluation: str
    group: str | None
    judge: Mapping[str, float]
    people: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Calibration:
    """One judge against people."""

    who: Who
    points: Sequence[Point]

    def pairs(self, scale: str) -> list[tuple[float, float]]:
        """(people, judge) of every site that both graded on a scale."""
        return [(p.people[scale], p.judge[scale]) for p in self.points if scale in p.people and scale in p.judge]

    def scales(self) -> dict[str, Agreement]:
        """Scale -> agreement, of the scales that anything is known of."""
        found = {}
        for scale in SCALES:
            both = [p for p in self.points if scale in p.people and scale in p.judge]
            if both:
                judge, people = [p.judge[scale] for p in both], [p.people[scale] for p in both]
                found[scale] = agreement(judge, people, [p.group for p in both])
        return found

    def document(self) -> dict[str, Any]:
        scales = {scale: asdict(found) for scale, found in self.scales().items()}
        return {"judge": asdict(self.who), "sites": len(self.points), "scales": scales}


class Book:
    """Looks up verdicts in a source; reads each run once.

    Args:
        run: where rollouts are looked for.
        rejudged: verdicts of derived evaluations, too.
    """

    def __init__(self, source: Source, run: str | None, *, rejudged: bool) -> None:
        self._source, self._run, self._rejudged = source, run, rejudged
        self._runs: dict[str, list[Evaluation]] = {}

    def find(self, site: Site) -> list[Evaluation]:
        """The site's evaluation first, then those derived from it where they are wanted; empty where it is unknown."""
        original = self._original(site)
        if original is None:
            return []
        derived = [one for one in self._all(original.run) if one.derived_from == original.id] if self._rejudged else []
        return [original, *derived]

    def _original(self, site: Site) -> Evaluation | None:
        if site.evaluation is None:
            found = (one for one in self._all(self._run or "") if one.rollout_id == site.rollout)
            return next(found, None)
        try:
            return self._source.evaluation(site.evaluation)
        except NotFound:
            return None

    def _all(self, run: str) -> list[Evaluation]:
        if run not in self._runs:
            self._runs[run] = list(self._source.evaluations(run))
        return self._runs[run]


def calibrations(sites: Sequence[Site], book: Book) -> tuple[list[Calibration], dict[str, int]]:
    """Every judge with a verdict on one of the sites, by kind and model; and how many sites were left out, by
    reason."""
    points: dict[Who, list[Point]] = defaultdict(list)
    left_out: Counter[str] = Counter()
    for site in sites:
        found = book.find(site)
        by_judge = _by_judge(found)
        if not by_judge:
            left_out["no verdict" if found else "unknown"] += 1
        for who, judged in by_judge.items():
            points[who].append(_point(site, judged))
    ordered = sorted(points, key=lambda who: (who.kind, who.model, who.version))
    return [Calibration(who, points[who]) for who in ordered], dict(sorted(left_out.items()))


def _by_judge(evaluations: Sequence[Evaluation]) -> dict[Who, list[Evaluation]]:
    found: dict[Who, list[Evaluation]] = defaultdict(list)
    for one in evaluations:
        if one.judge and _samples(one):
            found[Who(one.judge.kind, one.judge.model, one.versions.get("judge", ""))].append(one)
    return found


def _point(site: Site, judged: Sequence[Evaluation]) -> Point:
    """Several judgings by one judge count as the samples of one."""
    samples = [sample for one in judged for sample in _samples(one)]
    grades = {name: fmean(float(sample["criteria"][name]) for sample in samples) for name in CRITERIA}
    grades |= {APPEARANCE: fmean(grades.values()), OVERALL: fmean(float(sample["overall"]) for sample in samples)}
    first = judged[0]
    group = None if first.group is None else f"{first.run}/{first.step}/{first.group}"
    return Point(first.derived_from or first.id, group, grades, site.grades)


def _samples(evaluation: Evaluation) -> list[dict[str, Any]]:
    report = report_of(evaluation, Stage.JUDGE)
    return list(report.facts.get("samples", [])) if report else []
