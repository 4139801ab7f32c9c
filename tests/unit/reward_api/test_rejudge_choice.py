"""Which evaluations are judged anew, which are drawn, and under which ids."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reward_api.cli.judging import Outcome, Task, Wish, why_not
from reward_api.cli.noise import draw, grouped
from reward_api.cli.noise_figures import measure
from reward_api.cli.rejudge import Only, chosen, summary
from services.contract import Artifact, Evaluation, JudgeInfo, ProfileRef, StageReport, Status
from services.errors import Unprocessable
from services.rewards.profile import JudgeRules
from services.stages import Stage

SHOT = Artifact(blob="0" * 64, media_type="image/png", size=1)
RENDER = StageReport(stage=Stage.RENDER, passed=True, artifacts={"home.png": SHOT})
CRITERIA = ("rendering", "relevance", "layout", "beauty")


def evaluation(id_: str = "e", *grades: float, **changes: Any) -> Evaluation:
    samples = [{"criteria": dict.fromkeys(CRITERIA, grade), "overall": grade} for grade in grades]
    facts = {"samples": samples, "usage": {"prompt_tokens": 900 * len(grades), "completion_tokens": 100 * len(grades)}}
    values: dict[str, Any] = {
        "id": id_,
        "run": "run",
        "rollout_id": f"r-{id_}",
        "step": 0,
        "group": "g",
        "status": Status.SCORED,
        "stage": Stage.JUDGE,
        "components": {"appearance": sum(grades) / len(grades)} if grades else {},
        "reports": [RENDER, StageReport(stage=Stage.JUDGE, passed=True, facts=facts)],
        "judge": JudgeInfo(kind="vlm", model="eye-1", samples=len(grades)) if grades else None,
        "profile": ProfileRef(name="cascade", version="1", hash="0"),
        "created_at": datetime.now(UTC),
    }
    return Evaluation(**(values | changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"status": Status.UNSCORED, "judge": None}, None),
        ({"status": Status.RUNNING}, "not ended"),
        ({"status": Status.CANCELLED}, "cancelled"),
        ({"derived_from": "other"}, "is a rejudging itself"),
        ({"reports": []}, "no screenshots"),
        ({"stage": Stage.RENDER}, "did not get to the judge"),
    ],
)
def test_what_can_be_judged_anew(changes: dict[str, Any], reason: str | None) -> None:
    assert why_not(evaluation("e", 3.0, **changes)) == reason


def test_scored_and_unscored_are_chosen_apart_and_the_rest_is_counted() -> None:
    scored = evaluation("a", 3.0)
    unscored = evaluation("b", status=Status.UNSCORED)
    blank = evaluation("c", reports=[], stage=Stage.BUILD)
    derived = evaluation("d", 3.0, derived_from="a")
    everything = [scored, unscored, blank, derived]
    assert chosen(everything, None) == ([scored, unscored], {"no screenshots": 1})
    assert chosen(everything, Only.SCORED) == ([scored], {"no screenshots": 1})
    assert chosen(everything, Only.UNSCORED) == ([unscored], {})


def test_an_id_follows_from_what_is_asked_and_from_nothing_else() -> None:
    old = evaluation("a", 3.0)
    same = [Task(old, Wish("eye-2"), "name"), Task(old.model_copy(update={"reward": 1.0}), Wish("eye-2"), "name")]
    assert len({task.rollout_id(0) for task in same}) == 1
    different = [
        *same[:1],
        Task(evaluation("b", 3.0), Wish("eye-2"), "name"),
        Task(old, Wish("eye-3"), "name"),
        Task(old, Wish("eye-2", samples=2), "name"),
        Task(old, Wish("eye-2", prompt="rubric-1"), "name"),
        Task(old, Wish("eye-2"), "other"),
        Task(old, Wish("eye-2"), "name", 1),
    ]
    ids = [task.rollout_id(attempt) for task in different for attempt in (0, 1)]
    assert len(set(ids)) == len(ids)


def many() -> list[Evaluation]:
    """Five groups of four, one of one, and one without a group."""
    grouped_ = [evaluation(f"{g}-{n}", 3.0, group=f"g{g}") for g in range(5) for n in range(4)]
    return [*grouped_, evaluation("lone", 3.0, group="lone"), evaluation("none", 3.0, group=None)]


def test_groups_of_a_step_with_two_judged_sites_or_more_are_drawn_from() -> None:
    later = [evaluation(f"later-{n}", 3.0, group="g0", step=1) for n in range(2)]
    assert list(grouped([*many(), *later])) == ["0/g0", "0/g1", "0/g2", "0/g3", "0/g4", "1/g0"]


def test_a_draw_is_the_same_for_the_same_seed() -> None:
    groups = grouped(many())
    first = draw(groups, 3, 2, 1)
    assert {len(members) for members in first.values()} == {2}
    assert len(first) == 3
    assert draw(groups, 3, 2, 1) == first
    assert any(draw(groups, 3, 2, seed) != first for seed in range(2, 6))
    assert draw(groups, 20, None, 0) == groups
    with pytest.raises(Unprocessable, match="two judged sites"):
        draw({}, 3, None, 0)


def outcomes(*grades: tuple[float, ...]) -> list[Outcome]:
    """One rejudging for each tuple, of two sites in turn."""
    found = []
    for number, given in enumerate(grades):
        old = evaluation(f"o{number % 2}", 3.0)
        new = evaluation(f"n{number}", *given, derived_from=old.id)
        found.append(Outcome(Task(old, Wish(), "noise", number), new))
    return found


def test_figures_are_made_of_single_verdicts_and_say_what_they_cost() -> None:
    """Sites with grades 1.5, 2.5 and 3.5, 4.5: e^2 = 0.5 each; means 2 and 4: B = 2."""
    found = measure("run", outcomes((1.5, 2.5), (3.5, 4.5)), JudgeRules(samples=3))
    assert (found.noise.error, found.noise.spread) == (pytest.approx(0.5**0.5), pytest.approx((2 - 0.25) ** 0.5))
    assert (found.prompt_tokens, found.completion_tokens, found.cost) == (3_600, 400, None)
    assert found.per_reward(3) == (3_000, None)
    assert [costs["samples"] for costs in found.document()["by_samples"]] == [1, 3]
    assert found.advice().startswith("Samples in the profile: 3, enough")


def test_a_profile_that_rounds_the_overall_grade_has_its_noise() -> None:
    found = measure("run", outcomes((1.6,), (3.6,), (2.4,), (4.4,)), JudgeRules(appearance="overall"))
    assert found.noise.error == 0.0
    assert found.noise.rounding == pytest.approx(1 / 12)
    assert found.noise.samples == 1


def test_too_few_verdicts_are_said_to_be() -> None:
    with pytest.raises(Unprocessable, match=r"graded twice.*2 of 2"):
        measure("run", outcomes((1.0,), (2.0,)), JudgeRules())


def test_what_was_not_judged_is_in_no_mean() -> None:
    good, bad = outcomes((4.0,), (2.0,))
    failed = Outcome(bad.task, evaluation("x", status=Status.UNSCORED), "the judge is away")
    assert summary([good, failed]) == "1 of 2 judged anew by vlm (eye-1); mean appearance 3.000 -> 4.000 over 1"
