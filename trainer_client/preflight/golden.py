"""The golden group: completions of which everybody knows how they must end, each one new work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from statistics import fmean

from services.contract import Evaluation
from trainer_client.preflight.check import Check, failure, ok, skipped, warning

INSTRUCTION = (
    "Build a website for a small bakery at a harbour: a home page with opening hours and what is baked today, and a "
    "page about the people who bake. Warm cream for the background, deep blue for headings and buttons."
)

MARK = "@MARK@"
"""Stands in the files where each completion says something of its own, on the page: no stage can take over another's
work."""

BANDS = ("no-source", "build-failed", "rendered")
"""From the worst to the best, as far as the group goes."""

LEAST = 4


@dataclass(frozen=True, slots=True)
class Golden:
    """One completion, and the band that it must end in."""

    completion: str
    band: str
    finished: bool = False


def group(size: int, salt: str) -> list[Golden]:
    """No source, a site that does not build, a bare page, and finished sites for the rest.

    Args:
        size: at least `LEAST`.
        salt: of this group alone, so that none is work that was done before.
    """
    return [
        Golden("A website for a bakery should be warm and inviting. Shall I begin?", "no-source"),
        Golden(_written("broken", f"{salt}-1"), "build-failed"),
        Golden(_written("plain", f"{salt}-2"), "rendered"),
        *(Golden(_written("finished", f"{salt}-{number}"), "rendered", finished=True) for number in range(3, size)),
    ]


def _written(name: str, mark: str) -> str:
    """The completion in the file, with its own mark; ``broken`` is ``finished`` with a brace too few."""
    source = files("trainer_client.preflight").joinpath("golden")
    text = source.joinpath("finished.txt" if name == "broken" else f"{name}.txt").read_text("utf-8")
    if name == "broken":
        text = text.replace("export default function App() {", "export default function App( {", 1)
    return text.replace(MARK, mark)


def outcomes(sent: Sequence[Golden], found: Sequence[Evaluation]) -> Check:
    """Whether each ended where it must."""
    name = "golden group"
    missing = [e for e in found if e.reward is None]
    if missing or len(found) < len(sent):
        reasons = sorted({e.unscored_reason or e.status.value for e in missing}) or ["not accepted"]
        count = len(sent) - len(found) + len(missing)
        return failure(name, f"{count} of {len(sent)} have no reward ({', '.join(reasons)})", "mend the service first")
    wrong = [f"{e.band} instead of {s.band}{_why(e)}" for s, e in zip(sent, found, strict=True) if e.band != s.band]
    if wrong:
        return failure(name, f"{len(wrong)} of {len(sent)} ended otherwise: {wrong[0]}", "webgen-reward doctor, there")
    return ok(name, f"{len(sent)} rollouts ended as they must, through the reward functions as TRL calls them")


def _why(evaluation: Evaluation) -> str:
    found = [f for report in evaluation.reports for f in report.findings if f.severity.value == "error"]
    return f" ({found[0].rule}: {found[0].message[:160]})" if found else ""


def order(sent: Sequence[Golden], rewards: Sequence[float | None]) -> Check:
    """Whether worse bands earned less: rewards as the trainer gets them, in the order sent."""
    name = "reward order"
    means = {band: _mean(band, sent, rewards) for band in BANDS}
    known = {band: mean for band, mean in means.items() if mean is not None}
    told = ", ".join(f"{band} {mean:.2f}" for band, mean in known.items())
    if len(known) < len(BANDS):
        return skipped(name, f"not all bands have a reward: {told or 'none'}")
    worst, middle, best = known.values()
    if not best > max(worst, middle):
        return failure(name, f"sites that render earn no more than those that fail: {told}", "see the profile")
    if any(lower >= higher for lower, higher in pairwise(known.values())):
        return warning(name, f"failures are worth the same: {told}", "the paper's way; `cascade` keeps them in order")
    return ok(name, told)


def _mean(band: str, sent: Sequence[Golden], rewards: Sequence[float | None]) -> float | None:
    known = [r for golden, r in zip(sent, rewards, strict=True) if golden.band == band and r is not None]
    return fmean(known) if known else None


def taste(sent: Sequence[Golden], found: Sequence[Evaluation]) -> Check:
    """Whether the judge tells a finished page from a bare one."""
    name = "judge's eye"
    looks = _looks(sent, found)
    if not looks["finished"] or not looks["bare"]:
        return skipped(name, "too few were judged")
    finished, bare = fmean(looks["finished"]), fmean(looks["bare"])
    told = f"finished page {finished:.2f}, bare page {bare:.2f} of 5"
    if finished <= bare:
        return warning(name, f"{told}: a finished page is worth no more", "ask another model, or for more samples")
    return ok(name, told)


def _looks(sent: Sequence[Golden], found: Sequence[Evaluation]) -> Mapping[str, list[float]]:
    looks: dict[str, list[float]] = {"finished": [], "bare": []}
    for golden, evaluation in zip(sent, found, strict=False):
        if golden.band == "rendered" and "appearance" in evaluation.components:
            looks["finished" if golden.finished else "bare"].append(evaluation.components["appearance"])
    return looks
