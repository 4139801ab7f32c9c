"""Stage reports as a cascade can leave them: for hypothesis any consistent set, whole or not; and plain ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from services.compliance import RULES
from services.contract import Artifact, Evaluation, StageReport, Status
from services.rewards.decide import Reward, decide
from services.rewards.profile import DEFAULT, Profile, built_in
from services.stages import ORDER, Stage

Journey = dict[Stage, StageReport]

PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long an example takes says how busy the machine is."""

SHOT = Artifact(blob="0" * 64, media_type="image/png", size=1)
CRITERIA = ("rendering", "relevance", "layout", "beauty")
GRADES = st.integers(0, 5).map(float) | st.floats(0, 5)
JUNK = st.none() | st.booleans() | st.floats() | st.text(max_size=3) | st.integers()


def report(stage: Stage, passed: bool = True, *, shot: bool = False, **facts: Any) -> StageReport:
    return StageReport(stage=stage, passed=passed, facts=facts, artifacts={"home.png": SHOT} if shot else {})


def static_report(failed: set[str], **facts: Any) -> StageReport:
    """Lint with these rules failed; without a site source every rule that needs one fails too."""
    lost = "static/site-source" in failed
    static = {name: name not in failed and not (lost and rule.needs_site) for name, rule in RULES.items()}
    return report(Stage.LINT, not lost, static=static, **facts)


NAMES = sorted(RULES)
FAILED = st.just(0) | st.sampled_from([1 << at for at in range(len(NAMES))]) | st.integers(0, (1 << len(NAMES)) - 1)
"""Which rules failed, a bit for each: none, one, or any."""

ESCAPES = st.sampled_from(({}, {"any": 3}, {"any": 20, "untyped-module": 1}, {"@ts-ignore": 5}))


@st.composite
def lints(draw: st.DrawFn) -> StageReport:
    if draw(st.integers(0, 9)) == 0:
        return report(Stage.LINT, False)  # the stage was killed: nothing is known
    failed = draw(FAILED)
    return static_report({name for at, name in enumerate(NAMES) if failed >> at & 1}, suppressions=draw(ESCAPES))


@st.composite
def builds(draw: st.DrawFn) -> StageReport:
    lines = draw(st.integers(0, 5_000))
    checked = {"type_errors": draw(st.integers(0, 40)), "typed_lines": lines, "script_lines": lines + 10}
    return report(Stage.BUILD, draw(st.booleans()), **(checked if draw(st.booleans()) else {}))


@st.composite
def renders(draw: st.DrawFn) -> StageReport:
    passed = draw(st.booleans())
    tried = st.none() | st.fixed_dictionaries({"share": st.floats(0, 1)})
    shot = passed or draw(st.booleans())
    return report(Stage.RENDER, passed, shot=shot, functional=passed and draw(st.booleans()), interaction=draw(tried))


SAMPLES = st.tuples(*[GRADES] * 5).map(
    lambda grades: {"criteria": dict(zip(CRITERIA, grades, strict=False)), "overall": grades[-1]}
)
VERDICTS = st.lists(SAMPLES, max_size=3).map(
    lambda samples: report(Stage.JUDGE, bool(samples), samples=samples, kind="scripted", model="scripted", addressed=[])
)
"""With samples; or refused, without."""


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """Every stage has a report: what a profile does not look at changes nothing."""
    resolved = report(Stage.RESOLVE, draw(st.booleans()))
    found = (draw(lints()), resolved, draw(builds()), draw(renders()), draw(VERDICTS))
    return {item.stage: item for item in found}


@st.composite
def interrupted(draw: st.DrawFn) -> Journey:
    """The first stages of a journey alone, none to all of them."""
    whole = draw(journeys())
    return {stage: whole[stage] for stage in ORDER[: draw(st.integers(0, len(ORDER)))]}


@st.composite
def odd_journeys(draw: st.DrawFn) -> Journey:
    """As above, with facts replaced by what no stage should write."""
    found = draw(interrupted())
    return {stage: item.model_copy(update={"facts": _spoiled(draw, item.facts)}) for stage, item in found.items()}


def _spoiled(draw: st.DrawFn, facts: dict[str, Any]) -> dict[str, Any]:
    names = draw(st.sets(st.sampled_from(sorted(facts) or ["none"])))
    kept = {"static", "samples", "suppressions", "interaction"}
    return {name: draw(st.none() if name in kept else JUNK) if name in names else fact for name, fact in facts.items()}


SAMPLE = {"criteria": dict(zip(CRITERIA, (4.0, 3.5, 3.0, 3.0), strict=True)), "overall": 3.6}


def evaluation(found: Journey, profile: Profile | None = None, **fields: Any) -> Evaluation:
    """What is recorded of these reports under a profile, the default one where none is named."""
    profile = profile or built_in()[DEFAULT]
    decision = decide(profile, found)
    scored = isinstance(decision, Reward)
    body: dict[str, Any] = {
        "status": Status.SCORED if scored else Status.RUNNING,
        "reward": decision.value if isinstance(decision, Reward) else None,
        "band": decision.band if isinstance(decision, Reward) else None,
    }
    return Evaluation(
        id="ev_1",
        run="run",
        rollout_id="a",
        reports=[found[stage] for stage in ORDER if stage in found],
        profile=profile.ref,
        created_at=datetime.now(UTC),
        **(body | fields),
    )


def whole(failed: frozenset[str] = frozenset(), **changed: Any) -> Journey:
    """A site that passes every stage, with these rules failed and these reports changed."""
    found = {
        Stage.LINT: static_report(set(failed)),
        Stage.RESOLVE: report(Stage.RESOLVE),
        Stage.BUILD: report(Stage.BUILD),
        Stage.RENDER: report(Stage.RENDER, shot=True, functional=True),
        Stage.JUDGE: report(Stage.JUDGE, samples=[SAMPLE] * 3),
    }
    return found | {Stage(name): item for name, item in changed.items()}
