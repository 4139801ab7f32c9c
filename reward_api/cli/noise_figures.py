"""From verdicts on the same sites to the figures of `noise`: error, spread, samples called for, and what they cost."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from reward_api.analysis.noise import Interval, Noise, Site, estimate, rounding_variance
from reward_api.cli.judge_options import MOST_SAMPLES
from reward_api.cli.judging import Outcome, report_of
from reward_api.cli.rejudge import judges_of
from services.contract import Evaluation
from services.errors import Unprocessable
from services.rewards.profile import JudgeRules
from services.rewards.terms import appearance
from services.stages import Stage


@dataclass(frozen=True, slots=True)
class Measured:
    """The judge's noise, and what its verdicts cost.

    Attributes:
        judges: who was asked: kind and model.
        profile_samples: verdicts for one reward under the run's profile.
        prompt_tokens, completion_tokens: of all calls; 0 where the judge tells none.
        cost: of all of them; None where nobody knows.
    """

    run: str
    judges: list[str]
    noise: Noise
    profile_samples: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    currency: str

    def per_reward(self, samples: int) -> tuple[float, float | None]:
        """Tokens and cost of one reward of so many verdicts."""
        share = samples / self.noise.verdicts
        return (self.prompt_tokens + self.completion_tokens) * share, None if self.cost is None else self.cost * share

    def document(self) -> dict[str, Any]:
        """Everything as JSON; costs for one reward by its number of samples."""
        wanted = sorted({1, self.profile_samples, *([self.noise.samples] if self.noise.samples else [])})
        costs = [
            {"samples": k, "reliability": self.noise.reliability(k), "tokens": tokens, "cost": cost}
            for k in wanted
            for tokens, cost in [self.per_reward(k)]
        ]
        return asdict(self) | {"by_samples": costs}

    def table(self) -> Table:
        table = Table("", "", "95 % interval", box=None, pad_edge=False)
        noise = self.noise
        table.add_row("judge", ", ".join(self.judges), "")
        table.add_row("groups, sites, verdicts", f"{noise.groups}, {noise.sites}, {noise.verdicts}", "")
        table.add_row("test-retest error e", f"{noise.error:.3f}", _interval(noise.error_interval))
        table.add_row("true spread q", f"{noise.spread:.3f}", _interval(noise.spread_interval))
        table.add_row("variance of rounding", f"{noise.rounding:.4f}", "")
        table.add_row("samples called for", str(noise.samples or "none is enough"), _range(noise.samples_interval))
        for costs in self.document()["by_samples"]:
            table.add_row(f"with {costs['samples']}: quality's share", f"{costs['reliability']:.2f}", "")
            table.add_row("  tokens, cost of a reward", f"{costs['tokens']:,.0f}, {self._money(costs['cost'])}", "")
        return table

    def advice(self) -> str:
        """One sentence."""
        if self.noise.samples is None:
            return "The sites of these groups cannot be told from one another: what differs is the judge's error."
        if self.noise.samples > MOST_SAMPLES:
            return f"{self.noise.samples} samples are called for, and {MOST_SAMPLES} are the most: too noisy a judge."
        enough = self.noise.samples <= self.profile_samples
        verb = "enough" if enough else f"too few: set samples = {self.noise.samples}"
        return (
            f"Samples in the profile: {self.profile_samples}, {verb} (seven tenths of a difference are to be quality)."
        )

    def _money(self, cost: float | None) -> str:
        return "price unknown" if cost is None else f"{cost:.6f} {self.currency}"


def measure(run: str, outcomes: Sequence[Outcome], rules: JudgeRules) -> Measured:
    """From the verdicts to the figures.

    Raises:
        Unprocessable: too few of them.
    """
    derived = [outcome.derived for outcome in outcomes if outcome.judged and outcome.derived]
    grades: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in derived:
        grades[f"{one.step}/{one.group}", one.derived_from or one.id] += grades_of(one, rules)
    try:
        found = estimate(
            [Site(group, tuple(values)) for (group, _), values in grades.items()], rounding(derived, rules)
        )
    except ValueError as error:
        raise Unprocessable(f"{error}; {len(derived)} of {len(outcomes)} rejudgings gave a verdict") from error
    spending = [one.judge.spending for one in derived if one.judge and one.judge.spending]
    costs = [spent.cost for spent in spending if spent.cost is not None]
    return Measured(
        run=run,
        judges=judges_of(derived),
        noise=found,
        profile_samples=rules.samples,
        prompt_tokens=sum(tokens(one, "prompt_tokens") for one in derived),
        completion_tokens=sum(tokens(one, "completion_tokens") for one in derived),
        cost=sum(costs) if len(costs) == len(derived) else None,
        currency=spending[0].currency if spending else "",
    )


def grades_of(evaluation: Evaluation, rules: JudgeRules) -> list[float]:
    """Appearance by each single verdict, as the profile makes it."""
    report = report_of(evaluation, Stage.JUDGE)
    if report is None:
        return []
    singles = [report.model_copy(update={"facts": report.facts | {"samples": [s]}}) for s in samples_of(evaluation)]
    return [appearance(rules, {Stage.JUDGE: single}) for single in singles]


def samples_of(evaluation: Evaluation) -> list[dict[str, Any]]:
    report = report_of(evaluation, Stage.JUDGE)
    return list(report.facts.get("samples", [])) if report else []


def rounding(evaluations: Iterable[Evaluation], rules: JudgeRules) -> float:
    """What rounding adds to a grade: by the profile itself where it rounds the overall grade, else by the judge."""
    if rules.appearance == "overall":
        return rounding_variance([{"overall": 1.0}])
    return rounding_variance([sample["criteria"] for one in evaluations for sample in samples_of(one)])


def tokens(evaluation: Evaluation, kind: str) -> int:
    report = report_of(evaluation, Stage.JUDGE)
    return int(report.facts.get("usage", {}).get(kind, 0)) if report else 0


def _interval(found: Interval) -> str:
    return f"{found.low:.3f} to {'any' if found.high is None else format(found.high, '.3f')}"


def _range(found: Interval) -> str:
    return f"{found.low:.0f} to {'any number' if found.high is None else format(found.high, '.0f')}"
