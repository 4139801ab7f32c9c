"""The one decision of the cascade: which stage comes next, or what the reward is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.contract import StageReport
from services.rewards.profile import Band, Profile, Term
from services.rewards.terms import SITE_SOURCE, Reports, components, measure, number, static_results
from services.stages import ORDER, Stage


@dataclass(frozen=True, slots=True)
class Next:
    """The evaluation goes on to a stage."""

    stage: Stage


@dataclass(frozen=True, slots=True)
class End:
    """The stage that the cascade ended at, and in which band."""

    stage: Stage
    band: Band


@dataclass(frozen=True, slots=True)
class Reward:
    """The cascade has ended.

    Attributes:
        value: the number to train on, clipped and rounded to six decimals.
        components: name -> measured term.
    """

    band: Band
    value: float
    components: dict[str, float]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term adds to a reward.

    Attributes:
        measured: the term as it was found.
        counted: the same within the profile's clip.
    """

    term: Term
    measured: float
    counted: float
    weight: float

    @property
    def amount(self) -> float:
        return self.weight * self.counted


def decide(profile: Profile, reports: Reports) -> Next | Reward:
    """The next stage of an evaluation, or its reward where the profile's cascade ends."""
    end = ending(profile, reports)
    return end if isinstance(end, Next) else _reward(profile, end.band, reports)


def ending(profile: Profile, reports: Reports) -> Next | End:
    """Where the profile's cascade ends, or the stage that it needs."""
    for stage in ORDER:
        if stage not in reports:
            return Next(stage)
        band = _ends_at(stage, profile, reports)
        if band is not None:
            return End(stage, band)
    return End(ORDER[-1], Band.RENDERED)


def rewards_by_profile(profiles: Mapping[str, Profile], reports: Reports) -> dict[str, float | None]:
    """Each profile's reward over the same reports; None where they do not decide it."""
    decisions = {name: decide(profile, reports) for name, profile in profiles.items()}
    return {name: d.value if isinstance(d, Reward) else None for name, d in decisions.items()}


def passed_under(profile: Profile, report: StageReport) -> bool:
    """Whether a stage was passed: lint by the profile's gates (its findings are the same under every profile), each
    other stage by its own word."""
    if report.stage is Stage.LINT:
        return _static_band(profile, {Stage.LINT: report}) is None
    return report.passed


def _ends_at(stage: Stage, profile: Profile, reports: Reports) -> Band | None:
    report = reports[stage]
    match stage:
        case Stage.LINT:
            return _static_band(profile, reports)
        case Stage.RESOLVE:
            return None if report.passed else Band.BUILD_FAILED
        case Stage.BUILD:
            return None if report.passed and not _type_gate_fails(profile, report) else Band.BUILD_FAILED
        case Stage.RENDER:
            return _render_band(profile, report)
        case Stage.JUDGE:
            refused = not report.passed and profile.render_gate
            return Band.RENDER_FAILED if refused else Band.RENDERED


def _static_band(profile: Profile, reports: Reports) -> Band | None:
    results = static_results(reports)
    if not results.get(SITE_SOURCE, False):
        return Band.NO_SOURCE
    failed = any(not results.get(rule, False) for rule in profile.static.gates)
    return Band.STATIC_FAILED if failed else None


def _render_band(profile: Profile, report: StageReport) -> Band | None:
    if report.passed:
        return None
    if profile.render_gate:
        return Band.RENDER_FAILED
    nothing_seen = not any(name.endswith(".png") for name in report.artifacts)
    return Band.RENDERED if nothing_seen else None


def _type_gate_fails(profile: Profile, report: StageReport) -> bool:
    # What could not be checked did not pass the gate.
    return profile.typecheck == "gate" and number(report.facts.get("type_errors"), 1.0) > 0


def _reward(profile: Profile, band: Band, reports: Reports) -> Reward:
    measured = measure(profile, reports)
    return Reward(band, reward_of(profile, band, measured), components(profile, band, measured))


def contributions(profile: Profile, band: Band, measured: Mapping[Term, float]) -> tuple[Contribution, ...]:
    """What each weighed term adds in a band, in the profile's order."""
    return tuple(_contribution(profile, term, measured[term], w) for term, w in profile.bands[band].weights.items())


def _contribution(profile: Profile, term: Term, measured: float, weight: float) -> Contribution:
    low, high = profile.range_of(term)
    return Contribution(term, measured, min(high, max(low, measured)), weight)


def reward_of(profile: Profile, band: Band, measured: Mapping[Term, float]) -> float:
    """``base + sum(weight * clipped term)``, clipped, and rounded so that equal reports give equal text everywhere."""
    amounts = (part.amount for part in contributions(profile, band, measured))
    return round(profile.clipped(profile.bands[band].base + sum(amounts)), 6)
