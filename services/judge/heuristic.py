"""The heuristic judge: no key, no network, and every verdict says that it is one.

It knows whether a page looks designed, not whether it is good. Each criterion is a weighted mean of signals from 0 to
1 (`WEIGHTS`); signals that cannot be known are left out of the mean. Then two factors bear on everything: presence
(a blank page is worth nothing, whatever its symmetry) and style (of a page without any surface or colour of its own
less than a third counts). The measures and their sources are those of `services.judge.measures`; the turning points
of each ramp and the weights are our own, set so that a blank page gets about 0, an unstyled text page 1, a page with a
few rules of style 1.5 to 2, a finished one 3 to 4.5.

Relevance cannot be seen without a model of language. It is the mean of the other three; where the page's facts hold
its ``text``, a page that shares few words with the instruction gets less. Words never add to a grade.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from statistics import fmean

from services.contract import Finding, Severity
from services.judge.measures import Measures, measure
from services.judge.page_facts import PageFacts, read_page
from services.judge.protocol import Case, Sample, Verdict
from services.judge.shots import showable

VERSION = "heuristic-1"

WEIGHTS: dict[str, dict[str, float]] = {
    "rendering": {"contrast": 2, "content": 2, "fits": 1, "spread": 1, "palette": 1},
    "layout": {"balance": 1, "symmetry": 1, "spread": 2, "alignment": 2, "white-space": 1, "structure": 1},
    "beauty": {"palette": 2, "colour": 1, "complexity": 1, "hierarchy": 1},
}
STYLE: dict[str, float] = {"palette": 3, "colour": 1, "filled": 3}

BASE = 0.6
"""The grade of a page that shows something, whatever it is."""

FLOOR = 0.3
"""What remains of the rest where there is no style at all."""

FINDING = Finding(
    rule="judge/heuristic",
    severity=Severity.INFO,
    message="Graded by fixed measures of the pictures, not by a vision-language model.",
)


class HeuristicJudge:
    """Deterministic: equal shots and facts get equal grades, so one sample says all there is."""

    @property
    def version(self) -> str:
        return VERSION

    def judge(self, case: Case) -> Verdict:
        """Grade one case: the home page counts as much as all further pages together.

        Raises:
            JudgeError: there is no shot, or one cannot be decoded.
        """
        shown = showable(case.shots)
        findings = (FINDING, *shown.findings)
        if not shown.shots:
            return Verdict("heuristic", VERSION, (), findings)
        measured = [measure(shot.png) for shot in shown.shots]
        pages = [read_page(case.facts, shot.name) for shot in shown.shots]
        seen = [signals(m, page) for m, page in zip(measured, pages, strict=True)]
        criteria = _grade(case.instruction, pages[0], seen)
        sample = Sample(criteria, round(fmean(criteria.values()), 3), _reason(seen[0]))
        reply = json.dumps({"measures": [asdict(m) for m in measured], "signals": seen})
        return Verdict("heuristic", VERSION, (sample,) * case.samples, findings, (reply,))


def signals(seen: Measures, page: PageFacts) -> dict[str, float]:
    """Named signals, 0 to 1; those from facts only where the facts are known."""
    known = {
        "presence": ramp(seen.ink, 0.001, 0.01) * ramp(seen.contour, 0.0005, 0.004),
        "contrast": ramp(seen.contrast, 0.2, 0.9),
        "palette": ramp(seen.surfaces, 1, 9),
        "colour": hill(seen.colourfulness, 2, 35, 120, 220),
        "filled": ramp(seen.filled, 0.0, 0.4),
        "complexity": hill(seen.contour, 0.004, 0.03, 0.16, 0.4),
        "white-space": hill(seen.ink, 0.02, 0.15, 0.85, 1.0),
        "balance": ramp(seen.balance, 0.2, 0.9),
        "symmetry": ramp(seen.symmetry, 0.1, 0.8),
        "spread": ramp(seen.spread, 0.1, 0.9),
        "alignment": ramp(seen.rows, 0.2, 0.8),
    }
    return {name: round(value, 4) for name, value in (known | page.signals()).items()}


def grades(known: Mapping[str, float]) -> dict[str, float]:
    """The three criteria that can be seen, 0 to 5."""
    style = FLOOR + (1 - FLOOR) * weighted(known, STYLE)
    earned = {name: style * weighted(known, weights) for name, weights in WEIGHTS.items()}
    return {name: known["presence"] * (BASE + (5 - BASE) * share) for name, share in earned.items()}


def weighted(known: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Weighted mean over the signals that are known."""
    used = {name: weight for name, weight in weights.items() if name in known}
    return sum(known[name] * weight for name, weight in used.items()) / sum(used.values())


def overlap(instruction: str, text: str) -> float:
    """A factor from the share of the instruction's longer words that the text holds; 1 from one in seven on."""
    asked, found = _words(instruction), _words(text)
    return ramp(len(asked & found) / len(asked), -0.1, 0.15) if asked else 1.0


def ramp(value: float, low: float, high: float) -> float:
    """0 up to `low`, 1 from `high` on, linear between."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def hill(value: float, low: float, rise: float, fall: float, high: float) -> float:
    """An inverted U: 0 outside `low` and `high`, 1 between `rise` and `fall`."""
    return min(ramp(value, low, rise), 1 - ramp(value, fall, high))


def _grade(instruction: str, page: PageFacts, seen: list[dict[str, float]]) -> dict[str, float]:
    home, *others = (grades(known) for known in seen)
    visible = {name: fmean([home[name], fmean(o[name] for o in others)]) if others else home[name] for name in home}
    fit = 1.0 if page.words is None else overlap(instruction, page.words)
    relevance = fmean(visible.values()) * fit
    ordered = {"rendering": visible["rendering"], "relevance": relevance, **visible}
    return {name: round(value, 3) for name, value in ordered.items()}


def _reason(known: Mapping[str, float]) -> str:
    weakest = sorted(known, key=lambda name: known[name])[:3]
    return f"Heuristic, not a vision-language model. Weakest on the home page: {', '.join(weakest)}."


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", text.casefold()))
