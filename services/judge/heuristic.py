"""The heuristic judge: no key, no network, and every verdict says that it is one.

It knows whether a page looks designed, not whether it is good. Each criterion is a weighted mean of signals from 0 to
1 (`WEIGHTS`); signals that cannot be known are left out of the mean. What bears on everything is a factor:

- `NEEDED`: a page that shows nothing, nothing to read or nothing to use is worth little, whatever its symmetry.
- `STYLE`: of a page without a style of its own, in colour or in type, less than a third counts.
- `FAULTS`: what went wrong takes its share of the grade: text that cannot be read, that lies on other text or out of
  line, a page wider than its window, too many typefaces and sizes, glaring colours, the same words over and over.

Sources of the signals:

- colour, calm: colourfulness M, Hasler & Suesstrunk 2003, "Measuring colourfulness in natural images".
- balance, symmetry: Ngo, Teo & Byrne 2003, "Modelling interface aesthetics".
- complexity, spread: density of contours and its inverted U, Rosenholtz, Li & Nakano 2007, "Measuring visual clutter",
  and Reinecke et al. 2013, "Predicting users' first impressions of website aesthetics".
- white-space, palette, filled, aligned, gathered (to a grid): Miniukovich & De Angeli 2015, "Computation of interface
  aesthetics".
- legible: contrast, WCAG 2.2, success criterion 1.4.3.
- lines, gaps, hierarchy, typefaces, sizes: Bringhurst, "The Elements of Typographic Style"; Dyson & Haselgrove 2001,
  "The influence of reading speed and line length on the effectiveness of reading from screen".
- presence, own, variety, content, structure, interface, columns, fits, clear, words: facts of the render stage.

The turning points of the signals (`services.judge.signals`) and the weights below are our own, set on sites other than
those by which ``make judge-order`` measures the judge: so that a blank page gets about 0, an unstyled text page 1, a
page with a few rules of style 1.5 to 2, a finished one 3 to 4.5.

Relevance cannot be seen without a model of language. It is the mean of the other three; where the page's facts hold
its ``text``, a page that shares few words with the instruction gets less. Words never add to a grade.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import prod
from statistics import fmean

from services.contract import Finding, Severity
from services.judge import addressing
from services.judge.measures import Measures, measure, opened
from services.judge.page_facts import PageFacts, read_page
from services.judge.protocol import Case, Sample, Shot, Verdict
from services.judge.shots import showable
from services.judge.signals import Signals, ramp, signals
from services.judge.text_measures import TextMeasures, measure_text

VERSION = "heuristic-3"

WEIGHTS: dict[str, dict[str, float]] = {
    "rendering": {"legible": 2, "content": 4, "fits": 1, "spread": 1, "palette": 1},
    "layout": {
        "balance": 1,
        "symmetry": 1,
        "spread": 1,
        "gathered": 1,
        "aligned": 1,
        "columns": 2,
        "gaps": 1,
        "white-space": 1,
        "structure": 2,
    },
    "beauty": {
        "palette": 1.5,
        "colour": 1,
        "filled": 1,
        "complexity": 1,
        "hierarchy": 1,
        "lines": 1,
        "sizes": 1,
        "typefaces": 1,
    },
}
STYLE: dict[str, float] = {"palette": 2, "colour": 1, "filled": 1.5, "hierarchy": 1.5, "lines": 1, "columns": 3}

NEEDED: dict[str, float] = {"presence": 1.0, "words": 0.85, "own": 0.6, "interface": 0.65, "content": 0.25}
"""Signal -> share of the grade that is lost where it is 0."""

FAULTS: dict[str, float] = {
    "legible": 0.4,
    "fits": 0.35,
    "clear": 0.3,
    "aligned": 0.3,
    "gaps": 0.2,
    "typefaces": 0.2,
    "sizes": 0.15,
    "calm": 0.5,
    "variety": 0.5,
}
"""Signal -> share of the grade that is lost where it is 0."""

BASE = 0.7
"""The grade of a page that shows something, whatever it is."""

FLOOR = 0.2
"""What remains of the rest where there is no style at all."""

FINDING = Finding(
    rule="judge/heuristic",
    severity=Severity.INFO,
    message="Graded by fixed measures of the pictures, not by a vision-language model.",
)


@dataclass(frozen=True, slots=True)
class Look:
    """What was measured of one shot."""

    picture: Measures
    text: TextMeasures | None
    page: PageFacts

    @property
    def signals(self) -> Signals:
        return signals(self.picture, self.text, self.page)


class HeuristicJudge:
    """Deterministic: equal shots and facts get equal grades, so one sample says all there is."""

    @property
    def version(self) -> str:
        return f"{VERSION}+{addressing.VERSION}"

    def judge(self, case: Case) -> Verdict:
        """Grade one case: the home page counts as much as all further pages together.

        Raises:
            JudgeError: there is no shot, or one cannot be decoded.
        """
        shown = showable(case.shots)
        findings = (FINDING, *shown.findings)
        if not shown.shots:
            return Verdict("heuristic", VERSION, (), findings)
        looks = [look(shot, case) for shot in shown.shots]
        seen = [one.signals for one in looks]
        criteria = _grade(case.instruction, looks[0].page, seen)
        sample = Sample(criteria, round(fmean(criteria.values()), 3), _reason(seen[0]))
        measured = [asdict(one.picture) | (asdict(one.text) if one.text else {}) for one in looks]
        reply = json.dumps({"judge": "heuristic", "measures": measured, "signals": seen})
        return Verdict("heuristic", VERSION, (sample,) * case.samples, findings, (reply,))


def look(shot: Shot, case: Case) -> Look:
    """Measure one shot.

    Raises:
        JudgeError: it cannot be decoded.
    """
    image, page = opened(shot.png), read_page(case.facts, shot.name)
    text = None if page.blocks is None else measure_text(image.convert("L"), page.blocks)
    return Look(measure(image), text, page)


def grades(known: Mapping[str, float]) -> dict[str, float]:
    """The three criteria that can be seen, 0 to 5."""
    style = FLOOR + (1 - FLOOR) * weighted(known, STYLE)
    left = remaining(known, NEEDED) * remaining(known, FAULTS)
    earned = {name: style * weighted(known, weights) for name, weights in WEIGHTS.items()}
    return {name: left * (BASE + (5 - BASE) * share) for name, share in earned.items()}


def weighted(known: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Weighted mean over the signals that are known."""
    used = {name: weight for name, weight in weights.items() if name in known}
    return sum(known[name] * weight for name, weight in used.items()) / sum(used.values())


def remaining(known: Mapping[str, float], losses: Mapping[str, float]) -> float:
    """The factor that is left by signals below 1; one that is not known costs nothing."""
    return prod(1 - loss * (1 - known.get(name, 1.0)) for name, loss in losses.items())


def overlap(instruction: str, text: str) -> float:
    """A factor from the share of the instruction's longer words that the text holds; 1 from one in seven on."""
    asked, found = _words(instruction), _words(text)
    return ramp(len(asked & found) / len(asked), -0.1, 0.15) if asked else 1.0


def _grade(instruction: str, page: PageFacts, seen: list[Signals]) -> dict[str, float]:
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
