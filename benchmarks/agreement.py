"""Whether both lanes make the same of a site: the same end, the same findings, the same screenshots.

The project lane's result is the truth; the scaffold lane promises that very result, or declines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.candidates import Candidate
from benchmarks.pictures import Difference, differ
from benchmarks.stages import Journey, Stages
from services.contract import Artifact
from services.pipeline.work import StageResult
from services.rewards.profile import LaneChoice
from services.stages import Stage

CHOICES: tuple[LaneChoice, LaneChoice] = ("project", "auto")
"""The scaffold lane is asked as rollouts ask it: where it declines, it is the project lane that answers."""

LOOKS_AGAIN = 3
"""A browser does not always draw a page the same, for example while pictures arrive or scripts move something. Where
no picture is common to both bundles they are rendered so often again, and what counts is a difference larger than
either bundle shows from itself."""

Pictures = dict[str, set[bytes]]
"""Screenshot name -> every picture seen of it."""


@dataclass(frozen=True, slots=True)
class Side:
    """What the build stage with one choice of lane made of a site, and the render stage of that.

    Attributes:
        ended: the last stage that ran, and whether it was passed.
        rules: of all findings, sorted.
        declined: why ``auto`` went on to the project lane; None where it did not.
        messages: of the build's errors.
        shots: screenshot name -> PNG.
        cpu_seconds: of the build.
    """

    ended: tuple[Stage, bool]
    rules: tuple[str, ...]
    declined: str | None
    messages: tuple[str, ...]
    shots: Mapping[str, bytes]
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Both sides of one site.

    Attributes:
        unresolved: why there is no dependency set, and nothing to compare; None where there is one.
        differences: screenshot name -> difference, for screenshots that differ, or that one side lacks.
        unsteady: screenshots of which one and the same bundle showed more than one picture.
    """

    name: str
    unresolved: str | None = None
    project: Side | None = None
    scaffold: Side | None = None
    differences: Mapping[str, Difference | None] = field(default_factory=dict)
    unsteady: frozenset[str] = frozenset()

    @property
    def auto(self) -> str:
        """The lane that ``auto`` takes, and why where that is the project lane."""
        if self.scaffold is None:
            return "none"
        return f"project: {self.scaffold.declined}" if self.scaffold.declined else "scaffold"

    @property
    def problems(self) -> list[str]:
        """Where the lanes disagree. A lane that declined promises nothing and breaks nothing."""
        one, two = self.project, self.scaffold
        if one is None or two is None or two.declined:
            return []
        found = [f"ended {one.ended} and {two.ended}"] if one.ended != two.ended else []
        found += [f"rules {one.rules} and {two.rules}"] if one.rules != two.rules else []
        return found + [
            f"{name}: {'only one has it' if difference is None else difference}"
            for name, difference in self.differences.items()
        ]


def compare(stages: Stages, candidate: Candidate) -> Agreement:
    """Build a candidate in both lanes and render both bundles."""
    journey = Journey(candidate)
    resolved = journey.run(Stage.RESOLVE, stages.resolve)
    if not resolved.passed:
        return Agreement(candidate.name, unresolved="; ".join(finding.message for finding in resolved.findings))
    journeys = [_resolved(candidate, journey, lane) for lane in CHOICES]
    project, scaffold = (_side(stages, one, lane) for one, lane in zip(journeys, CHOICES, strict=True))
    if scaffold.declined:
        return Agreement(candidate.name, None, project, scaffold)
    pictures = [{name: {png} for name, png in side.shots.items()} for side in (project, scaffold)]
    _look_again(stages, journeys, pictures)
    unsteady = frozenset(name for seen in pictures for name, found in seen.items() if len(found) > 1)
    return Agreement(candidate.name, None, project, scaffold, _differences(*pictures), unsteady)


def _resolved(candidate: Candidate, journey: Journey, lane: LaneChoice) -> Journey:
    own = Journey(candidate, lane)
    own.reports[Stage.RESOLVE] = journey.reports[Stage.RESOLVE]
    return own


def _side(stages: Stages, journey: Journey, lane: LaneChoice) -> Side:
    built = journey.run(Stage.BUILD, stages.build)
    results = [built]
    declined = lane == "auto" and built.facts.get("lane") == "project"
    if built.passed and not declined:
        results.append(journey.run(Stage.RENDER, stages.render))
    findings = [finding for result in results for finding in result.findings]
    return Side(
        ended=(Stage.RENDER if len(results) > 1 else Stage.BUILD, results[-1].passed),
        rules=tuple(sorted({finding.rule for finding in findings})),
        declined=str(built.facts.get("lane_reason")) if declined else None,
        messages=tuple(f"{f.file}:{f.line}: {f.message}" for f in built.findings),
        shots=_shots(journey, results[-1]),
        cpu_seconds=float(built.facts.get("cpu_seconds", 0.0)),
    )


def _shots(journey: Journey, rendered: StageResult) -> dict[str, bytes]:
    artifacts: Mapping[str, Artifact] = rendered.artifacts
    return {name: journey.blobs.get(a.blob) for name, a in artifacts.items() if a.media_type == "image/png"}


def _look_again(stages: Stages, journeys: Sequence[Journey], pictures: Sequence[Pictures]) -> None:
    """Render both bundles again while a screenshot of both has no picture in common, and add what they show."""
    for _ in range(LOOKS_AGAIN):
        if not any(pictures[0][name].isdisjoint(pictures[1][name]) for name in _common(pictures)):
            return
        for journey, seen in zip(journeys, pictures, strict=True):
            for name, png in _shots(journey, journey.run(Stage.RENDER, stages.render)).items():
                seen.setdefault(name, set()).add(png)


def _common(pictures: Sequence[Pictures]) -> set[str]:
    return pictures[0].keys() & pictures[1].keys()


def _differences(one: Pictures, other: Pictures) -> dict[str, Difference | None]:
    """Screenshots that one side lacks, and those whose nearest pictures differ by more than either differs from
    itself."""
    found: dict[str, Difference | None] = dict.fromkeys(one.keys() ^ other.keys())
    for name in _common((one, other)):
        nearest = min((differ(a, b) for a in one[name] for b in other[name]), key=_size)
        own = max((differ(a, b) for seen in (one, other) for a in seen[name] for b in seen[name]), key=_size)
        if _size(nearest) > _size(own):
            found[name] = nearest
    return dict(sorted(found.items()))


def _size(difference: Difference) -> int:
    return difference.pixels
