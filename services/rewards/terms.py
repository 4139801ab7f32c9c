"""Where each term of a reward comes from: one small function each, over the stage reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean

from services.contract import StageReport
from services.rewards.profile import Band, JudgeRules, Profile, Term
from services.stages import Stage

Reports = Mapping[Stage, StageReport]

SITE_SOURCE = "static/site-source"

SMALL, LARGE = 200, 2_000
"""TypeScript lines between which a site's size does not matter to `types`."""

HALF = 10.0
"""Faults per 1000 lines that halve `types`."""

ESCAPES = ("any", "untyped-module")
"""Names among lint's ``suppressions`` that count as type faults."""


def static_results(reports: Reports) -> dict[str, bool]:
    """Rule id -> passed, as the lint stage found; empty where lint could not end its work on the candidate."""
    results = reports[Stage.LINT].facts.get("static", {})
    return {str(rule): bool(passed) for rule, passed in results.items()}


def share(results: Mapping[str, bool], rules: Iterable[str]) -> float:
    """Share of the rules that passed, each counted once, 0 to 1. A rule without a result did not pass."""
    names = set(rules)
    return fmean(results.get(rule, False) for rule in names) if names else 1.0


def all_passed(results: Mapping[str, bool], rules: Iterable[str]) -> float:
    """1 if and only if every rule passed."""
    return float(all(results.get(rule, False) for rule in rules))


def appearance(rules: JudgeRules, reports: Reports) -> float:
    """The verdict's grade, 0 to 5; 0 where the judge could be shown nothing or refused what it saw."""
    report = reports.get(Stage.JUDGE)
    samples = report.facts.get("samples", []) if report else []
    if not samples:
        return 0.0
    if rules.appearance == "overall":
        return _clip(round(float(samples[0]["overall"])))
    return _clip(fmean(fmean(float(v) for v in s["criteria"].values()) for s in samples))


def functional(reports: Reports) -> float:
    """1 if and only if no runtime or console error occurred on load of any visited page."""
    report = reports.get(Stage.RENDER)
    return float(bool(report and report.facts.get("functional")))


def types(reports: Reports) -> float:
    """How well the site is typed, 0 to 1: ``covered * size * HALF / (HALF + density)``; 0 where types could not be
    counted.

    - ``covered``: share of the lines of script that are TypeScript, so that plain JavaScript earns nothing.
    - ``size``: ``min(1, lines / SMALL)`` over TypeScript lines, so that a tiny site without errors is not the best.
    - ``density``: faults per 1000 TypeScript lines, the lines taken as at least `SMALL` and at most `LARGE`, so that
      neither is a small site lost by one fault nor do many drowned in idle lines. Faults are type errors, and what
      takes the compiler's eyes off: each ``any`` and each module declared without types. Its own directives
      (``@ts-ignore`` and the like) do nothing in the check.
    """
    build, lint = reports.get(Stage.BUILD), reports.get(Stage.LINT)
    facts = build.facts if build else {}
    lines, all_lines = int(facts.get("typed_lines", 0)), int(facts.get("script_lines", 0))
    if facts.get("type_errors") is None or lines < 1:
        return 0.0
    errors = int(facts["type_errors"])
    escapes = lint.facts.get("suppressions", {}) if lint else {}
    faults = errors + sum(int(escapes.get(name, 0)) for name in ESCAPES)
    density = 1000 * faults / min(max(lines, SMALL), LARGE)
    return lines / max(lines, all_lines) * min(1.0, lines / SMALL) * HALF / (HALF + density)


def interaction(reports: Reports) -> float:
    """Share of the tried controls that answer to a visitor, 0 to 1, less those that bring about an error:
    ``(responsive - erring) / tried``; 0 where there was nothing to try, or nothing was tried."""
    report = reports.get(Stage.RENDER)
    told = report.facts.get("interaction") if report else None
    return min(1.0, max(0.0, float(told.get("share", 0.0)))) if isinstance(told, Mapping) else 0.0


def weighs(profile: Profile, term: Term) -> bool:
    """Whether any band of the profile depends on the term."""
    return any(term in value.weights for value in profile.bands.values())


def measure(profile: Profile, reports: Reports) -> dict[Term, float]:
    """Every term of a profile over these reports; ``types`` only where the profile has types checked, ``interaction``
    only where a band weighs it."""
    static = static_results(reports)
    checked = {} if profile.typecheck == "off" else {Term.TYPES: types(reports)}
    checked |= {Term.INTERACTION: interaction(reports)} if weighs(profile, Term.INTERACTION) else {}
    return checked | {
        Term.GATE_SHARE: share(static, profile.static.gates),
        Term.STATIC_SHARE: share(static, static) if static else 0.0,
        Term.FORMAT: all_passed(static, profile.static.format),
        Term.CODE_FORMAT: all_passed(static, profile.static.code_format),
        Term.FUNCTIONAL: functional(reports),
        Term.APPEARANCE: appearance(profile.judge, reports),
    }


def components(band: Band, measured: Mapping[Term, float]) -> dict[str, float]:
    """The terms that answers show: the static ones always, the others once they were measured."""
    shown = {"static": measured[Term.STATIC_SHARE], "format": measured[Term.FORMAT]}
    if band is Band.RENDERED:
        shown |= {"functional": measured[Term.FUNCTIONAL], "appearance": measured[Term.APPEARANCE]}
        shown |= {term.value: measured[term] for term in (Term.TYPES, Term.INTERACTION) if term in measured}
    return {name: round(value, 6) for name, value in shown.items()}


def _clip(grade: float) -> float:
    return min(5.0, max(0.0, grade))
