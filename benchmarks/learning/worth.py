"""What each combination is worth: the reward that the service must give, but for the judge's noise.

Static rules and the reward itself are the service's own pure code; what the sandbox and the browser make of a
combination is foretold here in three rules, and the judge's grade by the taste of `eye`. Whoever trains checks every
reward against it (`within_noise`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from benchmarks.learning.eye import taste
from benchmarks.learning.pieces import Combination, all_combinations
from services.artifact import overlay, parse
from services.compliance import check
from services.contract import Artifact, StageReport
from services.rewards.decide import Reward, decide
from services.rewards.profile import DEFAULT, built_in
from services.stages import Stage

CRITERIA = ("rendering", "relevance", "layout", "beauty")
LOWEST = -1.0
"""Of text without any site source."""
SHOT = Artifact(blob="0" * 64, media_type="image/png", size=1)


@dataclass(frozen=True, slots=True)
class Worth:
    """What one combination is worth without noise; ``judged``: whether a judge's noise comes on top."""

    reward: float
    band: str
    judged: bool


@cache
def worth(combination: Combination) -> Worth:
    reports = {
        Stage.LINT: _lint(combination.completion),
        Stage.RESOLVE: StageReport(stage=Stage.RESOLVE, passed=True),
        Stage.BUILD: StageReport(stage=Stage.BUILD, passed=builds(combination)),
        Stage.RENDER: _render(combination),
        Stage.JUDGE: _judge(combination),
    }
    decided = decide(built_in()[DEFAULT], reports)
    assert isinstance(decided, Reward), "every stage has its report"
    return Worth(decided.value, decided.band.value, decided.band.value == "rendered")


@cache
def optimum() -> float:
    """The highest reward of any combination, by trying all of them."""
    return max(worth(combination).reward for combination in all_combinations())


def mean_worth() -> float:
    """The reward of one who chooses by chance."""
    return sum(worth(combination).reward for combination in all_combinations()) / len(all_combinations())


def builds(combination: Combination) -> bool:
    """A site builds if what its entry point leads to is declared: the router, and the page with the router's links."""
    if combination.manifest == "routed":
        return True
    return combination.router != "routed" and not (combination.page == "linked" and _shows_page(combination))


def renders(combination: Combination) -> bool:
    """A page that is not blank, with a router around its links; and an entry point that comes to an end."""
    if combination.router == "hang":
        return False
    if not _shows_page(combination):
        return True
    if combination.router == "routed":
        return True  # its navigation is drawn, whatever the page is
    return combination.page not in ("blank", "linked")


def _shows_page(combination: Combination) -> bool:
    return combination.router in ("single", "routed")


def _lint(completion: str) -> StageReport:
    parsed = parse(completion, False)
    site = overlay(parsed)
    return StageReport(stage=Stage.LINT, passed=bool(site.files), facts={"static": check(parsed, site).results})


def _render(combination: Combination) -> StageReport:
    facts: dict[str, Any] = {"functional": combination.router != "suppressed"}
    return StageReport(stage=Stage.RENDER, passed=renders(combination), facts=facts, artifacts={"home.png": SHOT})


def _judge(combination: Combination) -> StageReport:
    page = combination.page if _shows_page(combination) else None
    further = combination.router == "routed" and combination.style != "unstyled"
    grade = taste(page, combination.style, further=further)
    samples = [{"criteria": dict.fromkeys(CRITERIA, grade), "overall": grade}]
    return StageReport(stage=Stage.JUDGE, passed=True, facts={"samples": samples})
