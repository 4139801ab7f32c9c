"""What a script says of a page is believed only where it has the right shape."""

from __future__ import annotations

import pytest

from render_worker.accessibility import read_violations, shown
from render_worker.facts import Cover, read_cover, read_facts

CONTRAST = {"rule": "color-contrast", "impact": "serious", "nodes": 3, "example": "p"}


@pytest.mark.parametrize("value", [None, [], {"covered": {"painting": 1.0}}, {"covered": {"svg": 2}}, {"readable": -1}])
def test_a_cover_of_another_shape_is_none(value: object) -> None:
    assert read_cover(value) is None


def test_kinds_of_pictures_count_together() -> None:
    cover = Cover(covered={"svg": 0.25, "gradient": 0.5})
    assert cover.share == 0.75
    assert cover.shown()["covered"] == {"svg": 0.25, "gradient": 0.5, "share": 0.75}


def test_a_screen_that_was_not_measured_has_no_share() -> None:
    assert Cover().share is None
    assert Cover().shown()["covered"] is None


def test_the_report_lists_no_link_one_by_one() -> None:
    facts = read_facts({"hrefs": ["/a"], "anchors": [{"href": "/a", "label": "A", "target": True}]})
    assert facts is not None
    assert facts.anchors[0].label == "A"
    assert {"hrefs", "anchors"}.isdisjoint(facts.shown())


@pytest.mark.parametrize("value", [None, {}, [{}], [CONTRAST | {"impact": "huge"}], [CONTRAST] * 101])
def test_violations_of_another_shape_are_none(value: object) -> None:
    assert read_violations(value) is None


def test_violations_are_counted_by_impact_and_contrast_apart() -> None:
    told = shown(read_violations([CONTRAST, CONTRAST | {"rule": "label", "example": "a\0b" * 200}]))
    assert told is not None
    assert (told["by_impact"], told["contrast_violations"]) == ({"serious": 6}, 3)
    assert len(told["violations"][1]["example"]) == 160
    assert "\0" not in told["violations"][1]["example"]


def test_a_page_that_was_not_examined_is_not_one_without_violations() -> None:
    assert shown(None) is None
    assert shown([]) == {"violations": [], "by_impact": {}, "contrast_violations": 0}
