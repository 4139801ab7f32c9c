"""Warnings: pages of pictures, routes that are no page of their own, dead links."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from render_worker.facts import Anchor, Cover, PageFacts
from render_worker.looks import Look
from render_worker.pixels import cells_of
from render_worker.remarks import identical, remarks, remarks_of_all
from render_worker.site import Site
from render_worker.traffic import Traffic
from render_worker.visit import PageVisit

SITE = Site({"index.html": b""})
LINKS = [Anchor(href="#", label="Menu", target=True), Anchor(href="#prices", label="Prices", target=False)]


def screen(ink: str = "black", *, width: int = 600, mark: int = 0) -> Image.Image:
    """A first screen with a block of ink, and a mark of some pixels in its corner."""
    image = Image.new("RGB", (1280, 800), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 200, 100 + width, 500), fill=ink)
    draw.rectangle((1100, 20, 1100 + mark, 20 + mark), fill="red" if mark else "white")
    return image


def seen(
    route: str = "/",
    picture: Image.Image | None = None,
    cover: Cover | None = None,
    *,
    mobile: bool = False,
    text: str = "Words",
) -> Look:
    facts = PageFacts(text=text, text_length=len(text), anchors=LINKS)
    visit = PageVisit(route, "a.png", Traffic(SITE), facts=facts, png=b"a picture", cover=cover, mobile=mobile)
    return Look(visit, 0.5, cells=cells_of(picture or screen()))


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
    assert list(remarks_of_all([seen(), seen("/gallery", screen("blue"), cover)])) == []


def test_a_route_that_looks_as_another_page_is_told_with_its_name() -> None:
    looks = [seen("/"), *(seen(route, screen("blue")) for route in ("/a", "/b")), seen("/c"), seen("/", mobile=True)]
    assert identical(looks) == {"/b": "/a", "/c": "/"}
    assert [finding.rule for finding in remarks_of_all(looks)] == ["render/route-identical"] * 2


def test_blank_pages_are_told_as_such_and_not_as_alike() -> None:
    looks = [seen(route) for route in ("/", "/a")]
    assert identical([Look(look.visit, 1.0, cells=look.cells) for look in looks]) == {}


def test_another_entry_of_a_menu_highlighted_makes_no_other_page() -> None:
    assert identical([seen("/"), seen("/about", screen(mark=40))]) == {"/about": "/"}


def test_a_page_with_words_of_its_own_is_another_however_it_looks() -> None:
    home, other = (
        seen("/", text="The salt pans, 2019. Six photographs."),
        seen("/b", text="North road, 2021. Five plates."),
    )
    assert identical([home, other]) == {}


def test_a_page_with_a_block_of_its_own_is_another() -> None:
    assert identical([seen("/"), seen("/about", screen(width=660))]) == {}


def test_links_without_a_target_are_named_once_not_again_at_mobile_width() -> None:
    (finding,) = remarks(seen())
    assert finding.rule == "render/dead-links"
    assert "Prices" in finding.message
    assert "Menu" not in finding.message
    assert list(remarks(seen(mobile=True))) == []
