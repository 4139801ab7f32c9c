"""What statistics need of an evaluation, kept small beside its record, so that no report is read for them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.contract import StageReport, Status
from services.stages import ORDER, Stage

Kept = dict[str, Any]
"""The column ``figures``: ``characters`` of the completion, and what `figures_of` takes from each report."""


def figures_of(report: StageReport) -> Kept:
    """What a stage's report adds to the figures; nothing is there that was not measured.

    ``reused``: stages taken over. Lint: ``source_bytes``. Render: ``rendered``, ``routes``, ``controls``. Judge:
    ``kind``, ``model``, ``spread``.
    """
    match report.stage:
        case Stage.LINT:
            found = {"source_bytes": report.facts.get("bytes")}
        case Stage.RENDER:
            found = _rendered(report)
        case Stage.JUDGE:
            found = {name: report.facts.get(name) for name in ("kind", "model", "spread")}
        case Stage.RESOLVE | Stage.BUILD:
            found = {}
    return {name: value for name, value in found.items() if value is not None}


def merged(figures: Kept | None, report: StageReport) -> Kept:
    """The figures after one more report."""
    before = figures or {}
    reused = [name for name in before.get("reused", []) if name != report.stage.value]
    reused += [report.stage.value] if report.reused else []
    return {**before, **figures_of(report), "reused": reused}


def _rendered(report: StageReport) -> Kept:
    if not report.passed:
        return {"rendered": False}
    page = report.facts.get("page")
    home = page.get("home.png") if isinstance(page, Mapping) else None
    controls = home.get("controls") if isinstance(home, Mapping) else None
    return {"rendered": True, "routes": _routes(report.facts), "controls": controls}


def _routes(facts: Mapping[str, Any]) -> int | None:
    """Further pages that are neither blank nor the copy of a page before them; None where none was looked for."""
    if facts.get("mode") == "home":
        return None
    routes = facts.get("routes", [])
    return sum(not route.get("blank") and route.get("identical_to") is None for route in routes)


class Measured(NamedTuple):
    """One evaluation, as statistics see it: columns of its record, in this order."""

    step: int | None
    group: str | None
    status: str
    stage: str
    truncated: bool
    reward: float | None
    band: str | None
    components: dict[str, float]
    unscored_reason: str | None
    source_hash: str | None
    shot_hash: str | None
    figures: Kept

    @property
    def scored(self) -> bool:
        return self.reward is not None

    @property
    def ended(self) -> bool:
        return self.status in (Status.SCORED.value, Status.UNSCORED.value)

    @property
    def reused(self) -> bool:
        """A dependency set does not count: nearly all completions of a run share theirs."""
        return any(stage != Stage.RESOLVE.value for stage in self.figures.get("reused", ()))

    @property
    def passed_dependencies(self) -> bool:
        """The build stage is reached by what passed lint and resolve, and by nothing else."""
        return self.scored and self.stage in _FROM_BUILD

    @property
    def rendered(self) -> bool:
        return self.scored and bool(self.figures.get("rendered", False))

    @property
    def appearance(self) -> float | None:
        """Of what rendered: a blank page that a profile has judged is no site to look at."""
        return self.components.get("appearance") if self.rendered else None


_FROM_BUILD = frozenset(stage.value for stage in ORDER[ORDER.index(Stage.BUILD) :])
