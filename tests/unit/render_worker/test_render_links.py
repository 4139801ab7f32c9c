"""Which links lead nowhere."""

from __future__ import annotations

import pytest

from render_worker.facts import Anchor, PageFacts
from render_worker.links import read_links
from render_worker.site import Site

SITE = Site({"index.html": b"<home>", "terms.pdf": b"pdf"})


def page(*hrefs: str, target: bool = True) -> PageFacts:
    return PageFacts(anchors=[Anchor(href=href, label=f"To {href}", target=target) for href in hrefs])


def dead(*hrefs: str, target: bool = True) -> list[str]:
    return [link.why for link in read_links(page(*hrefs, target=target), "/", SITE).dead]


@pytest.mark.parametrize("href", ["", " ", "#", "  #  "])
def test_a_link_without_an_aim_is_dead(href: str) -> None:
    assert dead(href) == ["empty"]


def test_a_link_that_runs_a_script_is_dead() -> None:
    assert dead("JavaScript:void(0)") == ["script"]


def test_an_anchor_is_dead_where_the_page_has_not_what_it_aims_at() -> None:
    assert dead("#prices", target=False) == ["no-target"]
    assert dead("#prices", target=True) == []


@pytest.mark.parametrize("route", ["#/about", "#!/about"])
def test_a_route_behind_the_sign_is_no_anchor(route: str) -> None:
    assert dead(route, target=False) == []


def test_an_own_file_that_is_not_there_makes_a_dead_link() -> None:
    assert dead("/terms.pdf", "/gone.pdf", "/about", "https://other.example/gone.pdf") == ["no-file"]


def test_a_relative_address_is_that_of_the_page_it_stands_on() -> None:
    site = Site({"index.html": b"", "shop/list.html": b""})
    assert read_links(page("list.html"), "/shop/", site).dead == []
    assert [link.why for link in read_links(page("list.html"), "/", site).dead] == ["no-file"]


def test_links_of_the_site_and_to_others_are_told_apart() -> None:
    links = read_links(
        page("/about", "#top", "https://other.example/", "mailto:us@example.com", "http://[broken"), "/", SITE
    )
    assert (links.internal, links.external) == (2, 1)


def test_the_same_dead_link_is_told_once() -> None:
    assert dead("#", "#", "") == ["empty", "empty"]
