"""Which links lead to further pages."""

from __future__ import annotations

import pytest

from render_worker.pages import discover
from render_worker.site import ORIGIN

HOME = f"{ORIGIN}/"


def test_routes_come_in_the_order_of_the_links_each_once() -> None:
    hrefs = ["/b", "/a", "/b/", "/b?sort=price", "/b#reviews", f"{ORIGIN}/c", "d"]
    assert discover(hrefs, HOME, 9) == ["/b", "/a", "/c", "/d"]


@pytest.mark.parametrize(
    "href",
    [
        "/",
        "",
        "#",
        "#features",
        "#/",
        "/index.html",
        "/?utm=1",
        "https://example.com/a",
        "//example.com/a",
        "mailto:a@b.c",
        "javascript:void(0)",
        "/menu.pdf",
        "/logo.svg",
        "http://[broken",
        "/" + "x" * 5_000,
    ],
)
def test_home_itself_other_origins_and_downloads_are_no_routes(href: str) -> None:
    assert discover([href], HOME, 3) == []


def test_hash_routes_are_routes() -> None:
    assert discover(["#/", "#/about", "/#/about/", "#!/team", "#/about?tab=1"], HOME, 9) == ["/#/about", "/#!/team"]


def test_no_more_than_asked_for() -> None:
    assert discover([f"/{n}" for n in range(9)], HOME, 2) == ["/0", "/1"]
    assert discover(["/a"], HOME, 0) == []


def test_a_site_in_a_folder() -> None:
    home = f"{ORIGIN}/shop/"
    assert discover(["/shop/", "/shop", "cart", "/shop/cart/"], home, 9) == ["/shop/cart"]
