"""Whether both lanes make the same of a site: the same end, the same findings, the same screenshots.

The project lane's result is the truth; the scaffold lane promises that very result, or declines.
"""

from __future__ import annotations

from collections.abc import Mapping
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
        differences: screenshot name -> difference, for screenshots that differ or that one side lacks.
        unsteady: screenshots of the project lane's own bundle that differ from one rendering to the next.
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
            if name not in self.unsteady
        ]


def compare(stages: Stages, candidate: Candidate) -> Agreement:
    """Build a candidate in both lanes and render both bundles."""
    journey = Journey(candidate)
    resolved = journey.run(Stage.RESOLVE, stages.resolve)
    if not resolved.passed:
        return Agreement(candidate.name, unresolved="; ".join(finding.message for finding in resolved.findings))
    project, scaffold = (_side(stages, candidate, journey, lane) for lane in CHOICES)
    differences = {} if scaffold.declined else _differences(project.shots, scaffold.shots)
    unsteady = _unsteady(stages, candidate, journey, project) if differences else frozenset()
    return Agreement(candidate.name, None, project, scaffold, differences, unsteady)


def _side(stages: Stages, candidate: Candidate, resolved: Journey, lane: LaneChoice) -> Side:
    journey = Journey(candidate, lane)
    journey.reports[Stage.RESOLVE] = resolved.reports[Stage.RESOLVE]
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


def _differences(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> dict[str, Difference | None]:
    found: dict[str, Difference | None] = dict.fromkeys(one.keys() ^ other.keys())
    for name in one.keys() & other.keys():
        difference = differ(one[name], other[name])
        if difference.pixels:
            found[name] = difference
    return dict(sorted(found.items()))


def _unsteady(stages: Stages, candidate: Candidate, resolved: Journey, first: Side) -> frozenset[str]:
    again = _side(stages, candidate, resolved, "project")
    return frozenset(_differences(first.shots, again.shots))
