"""Which of a render report's pictures a judge is shown."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from services.contract import Artifact, StageReport
from services.errors import JudgeError
from services.judge.protocol import Shot
from services.judge.scaling import fitting
from services.judge.shots import png_size, showable
from services.judge.worker import shot_names
from services.settings.judge import JudgeShots
from services.stages import Stage

PICTURE = Artifact(blob="0" * 64, media_type="image/png", size=1)


def report(*names: str, routes: list[dict[str, object]] | None = None) -> StageReport:
    artifacts = dict.fromkeys(names, PICTURE)
    return StageReport(stage=Stage.RENDER, passed=True, facts={"routes": routes or []}, artifacts=artifacts)


def test_first_screens_home_first_then_routes_by_number_mobile_last() -> None:
    names = ("route-10.png", "route-2.png", "home-full.png", "home-mobile.png", "home-later.png", "home.png", "x.png")
    assert shot_names(report(*names)) == ["home.png", "route-2.png", "route-10.png", "home-mobile.png"]


def test_a_route_that_looks_as_another_page_is_not_shown() -> None:
    routes: list[dict[str, object]] = [
        {"path": "/a", "shot": "route-1.png", "identical_to": "/"},
        {"path": "/b", "shot": "route-2.png", "identical_to": None},
        {"path": "/c", "shot": None, "identical_to": "/"},
    ]
    assert shot_names(report("home.png", "route-1.png", "route-2.png", routes=routes)) == ["home.png", "route-2.png"]


def shot(name: str, width: int = 64, height: int = 40) -> Shot:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return Shot(name, "/", buffer.getvalue())


def names(chosen: JudgeShots, *offered: str) -> list[str]:
    return [each.name for each in showable([shot(name) for name in offered], chosen).shots]


OFFERED = ("home-mobile.png", "home.png", "route-1.png", "route-2.png", "route-3.png")


@pytest.mark.parametrize(
    ("chosen", "shown"),
    [
        (JudgeShots(), ["home.png", "route-1.png", "route-2.png", "home-mobile.png"]),
        (JudgeShots(routes=0, mobile=False), ["home.png"]),
        (JudgeShots(routes=6), ["home.png", "route-1.png", "route-2.png", "route-3.png", "home-mobile.png"]),
        (JudgeShots(routes=1, mobile=False), ["home.png", "route-1.png"]),
    ],
)
def test_settings_choose_the_shots_home_first_mobile_last(chosen: JudgeShots, shown: list[str]) -> None:
    assert names(chosen, *OFFERED) == shown


def test_judges_without_a_choice_see_home_and_three_further_pages() -> None:
    shown = showable([shot(name) for name in (*OFFERED, "route-4.png")])
    assert [each.name for each in shown.shots] == ["home.png", "route-1.png", "route-2.png", "route-3.png"]


def test_without_a_home_page_a_further_one_is_shown() -> None:
    assert names(JudgeShots(routes=0), "route-1.png", "route-2.png") == ["route-1.png"]


@pytest.mark.parametrize(
    ("size", "longest", "sent"),
    [((1_280, 800), 1_280, (1_280, 800)), ((1_280, 800), 640, (640, 400)), ((390, 844), 422, (195, 422))],
)
def test_a_shot_is_made_smaller_with_its_proportions_and_never_larger(
    size: tuple[int, int], longest: int, sent: tuple[int, int]
) -> None:
    original = shot("home.png", *size)
    fitted = fitting(original, longest)
    assert (fitted.name, png_size(fitted.png)) == ("home.png", sent)
    assert (fitted.png == original.png) == (size == sent)


def test_a_shot_that_cannot_be_decoded_where_it_must_be_is_our_fault() -> None:
    whole = shot("home.png", 1_280, 800)
    with pytest.raises(JudgeError, match="decoded"):
        fitting(Shot("home.png", "/", whole.png[:60]), 640)
