"""Warnings: pages of pictures, routes that are no page of their own, dead links."""

from __future__ import annotations

import pytest

from render_worker.facts import Anchor, Cover, PageFacts
from render_worker.looks import Look
from render_worker.remarks import identical, remarks, remarks_of_all
from render_worker.site import Site
from render_worker.traffic import Traffic
from render_worker.visit import PageVisit

SITE = Site({"index.html": b""})


def seen(route: str = "/", png: bytes = b"one", cover: Cover | None = None, *, mobile: bool = False) -> Look:
    facts = PageFacts(text="Words", text_length=5, anchors=[Anchor(href="#", label="Buy", target=True)])
    visit = PageVisit(route, "a.png", Traffic(SITE), facts=facts, png=png, cover=cover, mobile=mobile)
    return Look(visit, 0.5)


@pytest.mark.parametrize(
    ("covered", "readable", "reachable", "told"),
    [
        ({"picture": 0.85}, 20, 1, True),
        ({"picture": 0.4, "gradient": 0.3, "svg": 0.2}, 20, 1, True),
        ({"picture": 0.79}, 0, 0, False),
        ({"gradient": 1.0}, 150, 0, False),
        ({"canvas": 1.0}, 10, 6, False),
        (None, 0, 0, False),
    ],
)
def test_a_first_screen_of_pictures_alone_is_told(
    covered: dict[str, float] | None, readable: int, reachable: int, told: bool
) -> None:
    cover = Cover.model_validate({"covered": covered, "readable": readable, "reachable": reachable})
    rules = [finding.rule for finding in remarks_of_all([seen(cover=cover)])]
    assert rules == (["render/mostly-picture"] if told else [])


def test_a_further_page_of_pictures_is_none_of_the_home_page_s() -> None:
    cover = Cover(covered={"picture": 1.0})
    assert list(remarks_of_all([seen(), seen("/gallery", b"two", cover)])) == []


def test_a_route_that_looks_as_another_page_is_told_with_its_name() -> None:
    looks = [seen("/"), seen("/a", b"two"), seen("/b", b"two"), seen("/c"), seen("/", mobile=True)]
    assert identical(looks) == {"/b": "/a", "/c": "/"}
    assert [finding.rule for finding in remarks_of_all(looks)] == ["render/route-identical"] * 2


def test_blank_pages_are_told_as_such_and_not_as_alike() -> None:
    visits = [seen(route).visit for route in ("/", "/a")]
    assert identical([Look(visit, 1.0) for visit in visits]) == {}


def test_dead_links_are_named_once_not_again_at_mobile_width() -> None:
    (finding,) = remarks(seen())
    assert finding.rule == "render/dead-links"
    assert "Buy" in finding.message
    assert list(remarks(seen(mobile=True))) == []
