"""Which of a render report's pictures a judge is shown."""

from __future__ import annotations

from services.contract import Artifact, StageReport
from services.judge.worker import shot_names
from services.stages import Stage

PICTURE = Artifact(blob="0" * 64, media_type="image/png", size=1)


def report(*names: str, routes: list[dict[str, object]] | None = None) -> StageReport:
    artifacts = dict.fromkeys(names, PICTURE)
    return StageReport(stage=Stage.RENDER, passed=True, facts={"routes": routes or []}, artifacts=artifacts)


def test_first_screens_home_first_then_routes_by_number() -> None:
    names = ("route-10.png", "route-2.png", "home-full.png", "home-mobile.png", "home-later.png", "home.png", "x.png")
    assert shot_names(report(*names)) == ["home.png", "route-2.png", "route-10.png"]


def test_a_route_that_looks_as_another_page_is_not_shown() -> None:
    routes: list[dict[str, object]] = [
        {"path": "/a", "shot": "route-1.png", "identical_to": "/"},
        {"path": "/b", "shot": "route-2.png", "identical_to": None},
        {"path": "/c", "shot": None, "identical_to": "/"},
    ]
    assert shot_names(report("home.png", "route-1.png", "route-2.png", routes=routes)) == ["home.png", "route-2.png"]
