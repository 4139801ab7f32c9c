"""What is known of a run that goes on, and what of it is of concern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from services.contract import Figures, LengthBucket, StepStatistics

NULLS = 0.1
TIES = 0.5
FAILED = 0.5
CUT = 0.25
"""Shares from which on they are told."""

FEWEST = 8
"""Evaluations that must have ended before a step's shares are told."""

SKEW = 2.0
"""Missing rewards among the longer completions, as a multiple of those among the shorter."""


@dataclass(frozen=True, slots=True)
class View:
    """Steps as read last, by number, evaluations without a step under None.

    Attributes:
        mark: where the next reading goes on (`reward_api.cli.source.Source.steps_from`).
        fault: why the last reading failed; the steps are those of the reading before.
    """

    by_step: dict[int | None, StepStatistics] = field(default_factory=dict)
    mark: str | None = None
    fault: str | None = None

    @property
    def steps(self) -> list[StepStatistics]:
        """In their order, evaluations without a step last."""
        return [self.by_step[step] for step in sorted(self.by_step, key=lambda step: (step is None, step or 0))]

    def read(self, steps: Sequence[StepStatistics], mark: str | None) -> View:
        return View({**self.by_step, **{found.step: found for found in steps}}, mark)

    def failed(self, fault: str) -> View:
        return replace(self, fault=fault)


def settled(found: StepStatistics) -> bool:
    """Whether every evaluation that the step has so far has ended."""
    return not unfinished(found)


def unfinished(found: Figures) -> int:
    return sum(count for status, count in found.counts.items() if not status.ended)


def newly_settled(before: View, now: View) -> list[StepStatistics]:
    """Steps to tell for good: those that have ended and were followed by another, or stayed as they were since the
    reading before."""
    newest = now.steps[-1].step if now.steps else None
    return [found for found in now.steps if settled(found) and (found.step != newest or _same(before, found))]


def _same(before: View, found: StepStatistics) -> bool:
    return before.by_step.get(found.step) == found


def concerns(found: Figures) -> Iterator[str]:
    """Sentences about one step, or several pooled; nothing while too few have ended."""
    if found.ended < FEWEST:
        return
    yield from _missing(found)
    yield from _groups(found)
    if found.truncated_share and found.truncated_share >= CUT:
        yield f"{_percent(found.truncated_share)} of the completions ended at the token limit"
    yield from _judging(found)


def _missing(found: Figures) -> Iterator[str]:
    lost = found.ended - found.scored
    if lost and lost / found.ended >= NULLS:
        reasons = ", ".join(f"{reason} {count}" for reason, count in found.unscored_reasons.items())
        yield f"{_percent(lost / found.ended)} have no reward ({reasons})"
    if skewed(found):
        yield "long completions have no reward more often than short ones: what trains on the rest learns to be brief"


def skewed(found: Figures) -> bool:
    """Whether missing rewards are not chance: the longer half of the lengths loses at least twice as many."""
    known = [bucket for bucket in found.by_length if bucket.ended]
    half = len(known) // 2
    short, long = _lost(known[:half]), _lost(known[half:])
    return long is not None and short is not None and long >= NULLS and long >= SKEW * short


def _lost(buckets: Sequence[LengthBucket]) -> float | None:
    """The share without a reward; null where too few ended to tell."""
    ended = sum(bucket.ended for bucket in buckets)
    return sum(bucket.unscored for bucket in buckets) / ended if ended >= FEWEST // 2 else None


def _groups(found: Figures) -> Iterator[str]:
    compared, judged = found.groups_compared, found.groups_judged
    if compared and found.groups_tied / compared >= TIES:
        yield f"{found.groups_tied} of {compared} groups are tied: they train nothing"
    elif judged and found.groups_tied_on_appearance / judged >= TIES:
        yield (
            f"{found.groups_tied_on_appearance} of {judged} groups are tied on appearance: they train on failures and "
            "small terms alone"
        )
    if compared and found.groups_all_failed / compared >= FAILED:
        yield f"in {found.groups_all_failed} of {compared} groups nothing rendered"


def _judging(found: Figures) -> Iterator[str]:
    spread, noise = found.appearance_spread, found.mean_judge_spread
    if spread and noise and noise >= spread:
        yield f"the judge's own spread ({noise:.2f}) is no smaller than that of appearance within groups ({spread:.2f})"
    if any(judge.kind != "vlm" for judge in found.judges):
        kinds = ", ".join(sorted({judge.kind for judge in found.judges}))
        yield f"judged by {kinds}: no model looks at these sites"


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"
