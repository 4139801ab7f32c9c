"""How a reward came about, step by step. Pure; `reward_api.cli.explain` shows it."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import stdev

from services.contract import Evaluation, ProfileRef, Severity, StageReport, Status
from services.rewards.decide import End, Next, Reward, contributions, ending, passed_under
from services.rewards.gaps import Undecided, decide_recorded
from services.rewards.profile import Band, Profile
from services.rewards.terms import SITE_SOURCE, Reports, measure, sample_grades, static_results
from services.stages import ORDER, Stage


@dataclass(frozen=True, slots=True)
class StageStep:
    """What a stage came to under a profile.

    Attributes:
        outcome: ``passed``, ``failed``, ``not needed`` (the cascade had ended), ``never ran``, or ``undecided``: the
            reports do not say whether the cascade would have ended here.
        ended: the cascade ended here.
        why: rules that a failure is told by: the profile's gates in lint, errors elsewhere.
        noted: rules that failed without ending anything.
    """

    stage: Stage
    outcome: str
    ended: bool
    why: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    limit_hit: str | None = None
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the sum.

    Attributes:
        name: ``base``, a term, or ``clip``.
        measured, counted, weight: of a term; ``counted`` is ``measured`` within the profile's clip.
        amount: what the step adds; all of them together are the reward.
        total: the sum up to here.
    """

    name: str
    amount: float
    total: float
    measured: float | None = None
    counted: float | None = None
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class JudgeStep:
    """Who graded, and what: the appearance by each sample that counts, and their standard deviation (n - 1)."""

    kind: str
    model: str
    samples: int
    grades: tuple[float, ...]
    spread: float | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """How an evaluation came to its reward, or to none.

    Attributes:
        recorded: the reward on record, and the profile it came from.
        reward: under this profile; None with ``reasons``, one sentence each.
        lines: the sum; empty without a reward.
    """

    evaluation: str
    status: Status
    profile: ProfileRef
    recorded: float | None
    recorded_profile: ProfileRef
    stages: tuple[StageStep, ...]
    band: Band | None
    lines: tuple[Line, ...]
    reward: float | None
    reasons: tuple[str, ...]
    judge: JudgeStep | None


def explain(evaluation: Evaluation, profile: Profile) -> Explanation:
    """An evaluation under a profile: its own, or another over the same reports."""
    reports = {report.stage: report for report in evaluation.reports}
    outcome = _outcome(evaluation, profile)
    decided = outcome if isinstance(outcome, Reward) else None
    return Explanation(
        evaluation=evaluation.id,
        status=evaluation.status,
        profile=profile.ref,
        recorded=evaluation.reward,
        recorded_profile=evaluation.profile,
        stages=stage_steps(profile, reports, decided=decided is not None),
        band=decided.band if decided else None,
        lines=waterfall(profile, decided, reports) if decided else (),
        reward=decided.value if decided else None,
        reasons=outcome.reasons if isinstance(outcome, Undecided) else (),
        judge=_judge(evaluation, profile, reports),
    )


def _outcome(evaluation: Evaluation, profile: Profile) -> Reward | Undecided:
    """Only what was scored has a number: an end of our own making has none under any profile."""
    if evaluation.status is Status.SCORED:
        return decide_recorded(profile, evaluation)
    if evaluation.status is Status.UNSCORED:
        return Undecided((f"unscored: {evaluation.unscored_reason}: {evaluation.unscored_detail or 'no detail'}",))
    return Undecided((f"the evaluation is {evaluation.status.value}",))


def waterfall(profile: Profile, reward: Reward, reports: Reports) -> tuple[Line, ...]:
    """The sum step by step. Amounts are the differences of rounded totals, so that they add up to the last digit."""
    base = profile.bands[reward.band].base
    lines = [Line("base", round(base, 6), round(base, 6))]
    exact = base
    for part in contributions(profile, reward.band, measure(profile, reports)):
        exact += part.amount
        total = round(exact, 6)
        amount = round(total - lines[-1].total, 6)
        lines.append(Line(part.term.value, amount, total, part.measured, part.counted, part.weight))
    if reward.value != lines[-1].total:
        lines.append(Line("clip", round(reward.value - lines[-1].total, 6), reward.value))
    return tuple(lines)


def stage_steps(profile: Profile, reports: Reports, *, decided: bool) -> tuple[StageStep, ...]:
    """Every stage in order, and where the cascade ended."""
    end = ending(profile, reports)
    last = ORDER.index(end.stage) if isinstance(end, End) and not decided else len(ORDER)
    known = tuple(_stage_step(profile, stage, reports, end) for stage in ORDER[:last])
    return (*known, *(StageStep(stage, "undecided", ended=False) for stage in ORDER[last:]))


def _stage_step(profile: Profile, stage: Stage, reports: Reports, end: Next | End) -> StageStep:
    report = reports.get(stage)
    if isinstance(end, End) and ORDER.index(stage) > ORDER.index(end.stage):
        return StageStep(stage, "not needed", ended=False)
    if report is None:
        return StageStep(stage, "never ran", ended=False)
    failed_gate = isinstance(end, End) and end.stage is stage and end.band is not Band.RENDERED
    passed = passed_under(profile, report) and not failed_gate
    why = () if passed else _reasons(profile, report)
    return StageStep(
        stage=stage,
        outcome="passed" if passed else "failed",
        ended=isinstance(end, End) and end.stage is stage,
        why=why,
        noted=tuple(rule for rule in _noted(profile, report, reports) if rule not in why),
        limit_hit=report.limit_hit,
        reused=report.reused,
    )


def _reasons(profile: Profile, report: StageReport) -> tuple[str, ...]:
    if report.stage is Stage.LINT:
        results = static_results({Stage.LINT: report})
        if results.get(SITE_SOURCE) is False:
            return (SITE_SOURCE,)
        failed = tuple(rule for rule in profile.static.gates if not results.get(rule, False))
        return failed if results else tuple(_told(report, Severity.ERROR))
    found = tuple(dict.fromkeys(_told(report, Severity.ERROR)))
    return found or (("typecheck",) if report.passed else ())


def _noted(profile: Profile, report: StageReport, reports: Reports) -> tuple[str, ...]:
    """Failed rules that only cost what the terms say: the profile's notes in lint, warnings elsewhere. Without a site
    source there is nothing to note."""
    if report.stage is not Stage.LINT:
        return tuple(dict.fromkeys(_told(report, Severity.WARNING)))
    static = profile.static
    results = static_results(reports)
    if not results.get(SITE_SOURCE):
        return ()
    notes = [rule for rule in results if rule.startswith("static/")] if static.notes is None else list(static.notes)
    named = dict.fromkeys((*notes, *static.format, *static.code_format))
    return tuple(rule for rule in named if rule not in static.gates and results.get(rule) is False)


def _told(report: StageReport, severity: Severity) -> list[str]:
    return [finding.rule for finding in report.findings if finding.severity is severity]


def _judge(evaluation: Evaluation, profile: Profile, reports: Reports) -> JudgeStep | None:
    if evaluation.judge is None:
        return None
    grades = tuple(round(grade, 6) for grade in sample_grades(profile.judge, reports))
    spread = round(stdev(grades), 6) if len(grades) > 1 else None
    told = evaluation.judge
    return JudgeStep(told.kind, told.model, told.samples, grades, spread)
