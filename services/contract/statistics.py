"""Figures of many evaluations. What the model did is counted over those that were scored; what we failed to do, over
those that ended. Derived evaluations (rejudged ones) are left out everywhere: they would count a rollout twice."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, computed_field

from services.contract.evaluation import Status


class LengthBucket(BaseModel):
    """Evaluations whose completion has ``at_least`` characters and fewer than ``below`` (null: no bound).

    Attributes:
        ended: scored or unscored.
        unscored: of these, without a reward.
    """

    model_config = ConfigDict(frozen=True)

    at_least: int
    below: int | None
    ended: int
    unscored: int


class JudgeTally(BaseModel):
    """Evaluations that a judge graded. ``kind`` is ``vlm``, ``heuristic`` or ``scripted``: a heuristic is no model's
    opinion."""

    model_config = ConfigDict(frozen=True)

    kind: str
    model: str
    evaluations: int


class Figures(BaseModel):
    """Figures that can be pooled over steps: counts, and means whose weight is one of the counts.

    Appearance is the judge's grade, 0 to 5. A group is one prompt's completions in one step. A share is 0 to 1.

    Attributes:
        counts: status -> evaluations.
        bands: outcome band -> scored evaluations; all but ``rendered`` are failures of the candidate.
        unscored_reasons: reason -> unscored evaluations.
        by_length: ended and unscored ones by length of the completion: here shows a service that gives up on large
            sites.
        judges: who graded.
        truncated: completions that ended at the token limit.
        reused: ended evaluations of which at least one stage's report was taken over from equal work; ``resolve`` does
            not count, as nearly all completions share their dependencies.
        reused_verdicts: those of which the verdict was.
        passed_dependencies: scored evaluations that passed the static gates and whose dependencies were resolved.
        rendered: scored evaluations whose home page rendered, by the render stage's own word; a profile without a
            render gate gives the band ``rendered`` to blank pages too.
        judged: scored evaluations that rendered and have an appearance.
        mean_reward: over scored evaluations; null where there are none.
        mean_appearance: over ``judged`` (AAS).
        mean_judge_spread: mean over ``repeatedly_judged`` of the standard deviation of an evaluation's samples.
        repeatedly_judged: evaluations with at least two samples.
        groups: groups with at least one evaluation.
        groups_compared: groups with at least two scored evaluations; only they can teach anything.
        within_group_spread: mean over ``groups_compared`` of the population standard deviation of the reward.
        groups_tied: of ``groups_compared``, those whose rewards are all equal.
        groups_all_failed: of ``groups_compared``, those without any evaluation in the band ``rendered``.
        groups_all_top: of ``groups_compared``, those in which every scored evaluation has appearance 5.
        groups_judged: groups with at least two judged evaluations.
        appearance_spread: mean over ``groups_judged`` of the population standard deviation of appearance, among the
            judged alone.
        groups_tied_on_appearance: of ``groups_judged``, those whose appearances are all equal: what separates their
            members are the small terms and who failed.
        sources_per_group: mean over ``groups`` of the number of distinct site sources.
        shots_per_group: mean over ``groups`` of the number of distinct sets of screenshots.
    """

    counts: dict[Status, int]
    bands: dict[str, int]
    unscored_reasons: dict[str, int]
    by_length: list[LengthBucket]
    judges: list[JudgeTally]
    truncated: int
    reused: int
    reused_verdicts: int
    passed_dependencies: int
    rendered: int
    judged: int
    mean_reward: float | None
    mean_appearance: float | None
    mean_judge_spread: float | None
    repeatedly_judged: int
    groups: int
    groups_compared: int
    within_group_spread: float | None
    groups_tied: int
    groups_all_failed: int
    groups_all_top: int
    groups_judged: int
    appearance_spread: float | None
    groups_tied_on_appearance: int
    sources_per_group: float | None
    shots_per_group: float | None

    @property
    def evaluations(self) -> int:
        return sum(self.counts.values())

    @property
    def scored(self) -> int:
        return self.counts.get(Status.SCORED, 0)

    @property
    def ended(self) -> int:
        """Scored or unscored; the cancelled are neither our failure nor the model's."""
        return self.scored + self.counts.get(Status.UNSCORED, 0)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def scored_share(self) -> float | None:
        """Of those that ended, those with a reward."""
        return _share(self.scored, self.ended)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def truncated_share(self) -> float | None:
        """Of all evaluations, those whose completion ended at the token limit."""
        return _share(self.truncated, self.evaluations)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def reused_share(self) -> float | None:
        """Of those that ended, those with a stage taken over, resolve aside."""
        return _share(self.reused, self.ended)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def lint_dependency_pass_rate(self) -> float | None:
        """LDPR: of the scored, those that passed the static gates and whose dependencies were resolved."""
        return _share(self.passed_dependencies, self.scored)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def valid_render_rate(self) -> float | None:
        """VRR: of the scored, those whose home page rendered."""
        return _share(self.rendered, self.scored)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def appearance_of_all(self) -> float | None:
        """Mean appearance over the scored, what has none counting 0: the published WebGen-Bench script's grade.

        AAS (``mean_appearance``) is over rendered sites alone: WebGen-R1 gives 3.94 as 44 % above a model of which
        30.56 % rendered, and a mean with zeros for the rest could not have been above 1.53 there.
        """
        if self.mean_appearance is None:
            return 0.0 if self.scored else None
        return round(self.mean_appearance * self.judged / self.scored, 6)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


class StepStatistics(Figures):
    """One training step.

    Attributes:
        step: null for evaluations that were sent without one.
        mean_components: name -> mean over the scored evaluations that have the component.
        unique_sources, unique_shots: distinct site sources, and distinct sets of screenshots, of the whole step.
        median_source_bytes: of the site source, over scored evaluations with one.
        median_routes: of further pages that show something of their own, over rendered evaluations that were visited
            beyond their home page.
        median_controls: of controls that are visible on the home page, over rendered evaluations.
    """

    step: int | None
    mean_components: dict[str, float]
    unique_sources: int
    unique_shots: int
    median_source_bytes: float | None
    median_routes: float | None
    median_controls: float | None


class StepPage(BaseModel):
    steps: list[StepStatistics]
    next_cursor: str | None = None
