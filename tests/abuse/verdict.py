"""Whether what came of a rollout is right. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import httpx

from services.contract import Evaluation, Finding, StageReport, Status
from tests.abuse.case import Case, Ending

Verdict = Evaluation | httpx.Response
_TELLING = ("parse/", "resolve/", "build/")


def wrong(case: Case, verdict: Verdict) -> str | None:
    """Why no right ending of the case fits; None where one does."""
    if any(_fits(ending, verdict) for ending in case.right):
        return None
    return f"ended as {described(verdict)}; right would be {' or '.join(map(_wanted, case.right))}"


def too_late(case: Case, verdict: Verdict) -> str | None:
    seconds = elapsed(verdict)
    return f"took {seconds:.1f} s; {case.seconds:g} s are allowed" if seconds > case.seconds else None


def too_good(case: Case, verdict: Verdict, plain: float | None) -> str | None:
    """A reward above the plain site's, where the case may not have one."""
    if not case.not_above or isinstance(verdict, httpx.Response) or verdict.reward is None or plain is None:
        return None
    return f"earned {verdict.reward:g}, the plain site {plain:g}" if verdict.reward > plain else None


def elapsed(verdict: Verdict) -> float:
    """Seconds from the submission to the end."""
    if isinstance(verdict, httpx.Response):
        return verdict.elapsed.total_seconds()
    return (verdict.ended_at - verdict.created_at).total_seconds() if verdict.ended_at else float("inf")


def described(verdict: Verdict) -> str:
    if isinstance(verdict, httpx.Response):
        return f"refused: {verdict.json().get('detail', '')[:100]}"
    if verdict.status is not Status.SCORED:
        return f"{verdict.status} ({verdict.unscored_reason}: {(verdict.unscored_detail or '')[:200]})"
    rules = ", ".join(dict.fromkeys(finding.rule for finding in _findings(verdict)))
    last = _last(verdict)
    limit = f", limit {last.limit_hit}" if last and last.limit_hit else ""
    return f"{verdict.band}{limit} [{rules}]"


def enforced(verdict: Verdict) -> str:
    """What ended or held the attack, in a few words."""
    if isinstance(verdict, httpx.Response):
        return f"HTTP {verdict.status_code}"
    last = _last(verdict)
    if last and last.limit_hit:
        return f"limit {last.limit_hit} ({last.facts.get('limits_by', last.stage.value)})"
    lane = next((str(r.facts["lane"]) for r in verdict.reports if "lane" in r.facts), None)
    where = f"{lane} lane" if lane else (last.stage.value if last else "")
    return f"{where}, {_telling_rule(verdict) or 'nothing to reach'}"


def _telling_rule(evaluation: Evaluation) -> str | None:
    """The rule that held the attack: of parser, resolver or build, else an error of the stage that it ended in."""
    telling = [f.rule for f in _findings(evaluation) if f.rule.startswith(_TELLING)]
    last = _last(evaluation)
    errors = [f.rule for f in last.findings if f.severity == "error"] if last and not last.passed else []
    return next(iter([*telling, *errors]), None)


def _fits(ending: Ending, verdict: Verdict) -> bool:
    if isinstance(verdict, httpx.Response):
        return ending.status == verdict.status_code and (ending.rule or "") in verdict.text
    last = _last(verdict)
    limit = last.limit_hit if last else None
    has_rule = ending.rule is None or ending.rule in {finding.rule for finding in _findings(verdict)}
    in_limits = limit in ending.limits if ending.limits else limit is None
    return verdict.status is Status.SCORED and verdict.band == ending.band and has_rule and in_limits


def _wanted(ending: Ending) -> str:
    limits = f" by {'/'.join(sorted(ending.limits))}" if ending.limits else ""
    return f"{ending.band}{limits}" + (f" [{ending.rule}]" if ending.rule else "")


def _findings(evaluation: Evaluation) -> Iterable[Finding]:
    return [finding for report in evaluation.reports for finding in report.findings]


def _last(evaluation: Evaluation) -> StageReport | None:
    return evaluation.reports[-1] if evaluation.reports else None
