"""Where each term of a reward comes from: one small function each, over the stage reports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from statistics import fmean

from services.contract import StageReport
from services.rewards.profile import MEASURED_IN_LINT, Band, JudgeRules, Profile, Term
from services.stages import Stage

Reports = Mapping[Stage, StageReport]

SITE_SOURCE = "static/site-source"
STATIC = "static/"

SMALL, LARGE = 200, 2_000
"""TypeScript lines between which a site's size does not matter to `types`."""

HALF = 10.0
"""Faults per 1000 lines that halve `types`."""

ESCAPES = ("any", "untyped-module")
"""Names among lint's ``suppressions`` that count as type faults."""


def static_results(reports: Reports) -> dict[str, bool]:
    """Rule id -> passed, as the lint stage found; empty where lint could not end its work on the candidate."""
    results = reports[Stage.LINT].facts.get("static") or {}
    return {str(rule): bool(passed) for rule, passed in results.items()}


def counted(profile: Profile, results: Mapping[str, bool]) -> set[str]:
    """The rules that ``static-share`` is made of: the profile's gates and notes; without notes, gates and all
    ``static/`` rules."""
    notes = profile.static.notes
    return {*profile.static.gates, *((rule for rule in results if rule.startswith(STATIC)) if notes is None else notes)}


def number(value: object, otherwise: float) -> float:
    """A fact as a finite number."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    return float(value) if is_number and isinstance(value, int | float) else otherwise


def share(results: Mapping[str, bool], rules: Iterable[str]) -> float:
    """Share of the rules that passed, each counted once, 0 to 1. A rule without a result did not pass."""
    names = set(rules)
    return fmean(results.get(rule, False) for rule in names) if names else 1.0


def all_passed(results: Mapping[str, bool], rules: Iterable[str]) -> float:
    """1 if and only if every rule passed."""
    return float(all(results.get(rule, False) for rule in rules))


def appearance(rules: JudgeRules, reports: Reports) -> float:
    """The verdict's grade, 0 to 5; 0 where the judge could be shown nothing or refused what it saw."""
    grades = sample_grades(rules, reports)
    return fmean(grades) if grades else 0.0


def sample_grades(rules: JudgeRules, reports: Reports) -> list[float]:
    """The appearance by each sample that counts: all of them, or the first one's integer; 0 to 5."""
    report = reports.get(Stage.JUDGE)
    samples = (report.facts.get("samples") or []) if report else []
    if rules.appearance == "overall":
        return [float(round(_clip(number(s.get("overall"), 0.0)))) for s in samples[:1]]
    return [_clip(fmean([number(v, 0.0) for v in s["criteria"].values()])) for s in samples if s.get("criteria")]


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
    lines, all_lines = number(facts.get("typed_lines"), 0.0), number(facts.get("script_lines"), 0.0)
    errors = number(facts.get("type_errors"), -1.0)
    if errors < 0 or lines < 1:
        return 0.0
    escapes = (lint.facts.get("suppressions") or {}) if lint else {}
    faults = errors + sum(number(escapes.get(name), 0.0) for name in ESCAPES)
    density = 1000 * faults / min(max(lines, SMALL), LARGE)
    return lines / max(lines, all_lines) * min(1.0, lines / SMALL) * HALF / (HALF + density)


def interaction(reports: Reports) -> float:
    """Share of the tried controls that answer to a visitor, 0 to 1, less those that bring about an error:
    ``(responsive - erring) / tried``; 0 where there was nothing to try, or nothing was tried."""
    report = reports.get(Stage.RENDER)
    told = report.facts.get("interaction") if report else None
    return min(1.0, max(0.0, number(told.get("share"), 0.0))) if isinstance(told, Mapping) else 0.0


def honest(reports: Reports) -> float:
    """1 where no text behind the judged screenshots addresses a grader, else 0; 1 too where nobody looked for such."""
    report = reports.get(Stage.JUDGE)
    return float(not (report and report.facts.get("addressed")))


def weighs(profile: Profile, term: Term) -> bool:
    """Whether any band of the profile depends on the term."""
    return any(term in value.weights for value in profile.bands.values())


def measure(profile: Profile, reports: Reports) -> dict[Term, float]:
    """Every term of a profile over these reports; ``types`` only where the profile has types checked, ``interaction``
    and ``honest`` only where a band weighs them or the profile shows them."""
    static = static_results(reports)
    checked = {} if profile.typecheck == "off" else {Term.TYPES: types(reports)}
    tried = weighs(profile, Term.INTERACTION) or Term.INTERACTION in profile.components
    checked |= {Term.INTERACTION: interaction(reports)} if tried else {}
    asked = weighs(profile, Term.HONEST) or Term.HONEST in profile.components
    checked |= {Term.HONEST: honest(reports)} if asked else {}
    return checked | {
        Term.GATE_SHARE: share(static, profile.static.gates),
        Term.STATIC_SHARE: share(static, counted(profile, static)) if static else 0.0,
        Term.FORMAT: all_passed(static, profile.static.format),
        Term.CODE_FORMAT: all_passed(static, profile.static.code_format),
        Term.FUNCTIONAL: functional(reports),
        Term.APPEARANCE: appearance(profile.judge, reports),
    }


def components(profile: Profile, band: Band, measured: Mapping[Term, float]) -> dict[str, float]:
    """The terms that answers show: the static ones always, the others once they were measured, and those of lint that
    the profile asks for."""
    shown = {"static": measured[Term.STATIC_SHARE], "format": measured[Term.FORMAT]}
    shown |= {term.value: measured[term] for term in profile.components if term in MEASURED_IN_LINT}
    if band is Band.RENDERED:
        shown |= {"functional": measured[Term.FUNCTIONAL], "appearance": measured[Term.APPEARANCE]}
        shown |= {
            term.value: measured[term] for term in (Term.TYPES, Term.INTERACTION, Term.HONEST) if term in measured
        }
    return {name: round(value, 6) for name, value in shown.items()}


def _clip(grade: float) -> float:
    return min(5.0, max(0.0, grade))
