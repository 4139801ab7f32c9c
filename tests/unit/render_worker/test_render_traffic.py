"""What each request of a page is answered with, and what is noted of it."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from render_worker.placeholder import DOCUMENT, MAX_SIDE, grey_png, wanted_size
from render_worker.site import ORIGIN, Answer, Site
from render_worker.traffic import MAX_DOCUMENTS, MAX_REQUESTS, MAX_SERVED_BYTES, Traffic, Wanted

SITE = Site({"index.html": b"<home>", "logo.png": b"png"})


def wanted(url: str, kind: str = "fetch", *, method: str = "GET", navigates: bool = False, top: bool = False) -> Wanted:
    return Wanted(url, method, kind, navigates, top)


def served(traffic: Traffic, request: Wanted) -> Answer:
    answer = traffic.decide(request)
    assert answer is not None
    return answer


def document(url: str = ORIGIN + "/") -> Wanted:
    return wanted(url, "document", navigates=True, top=True)


def test_own_files_are_served_and_missing_ones_noted() -> None:
    traffic = Traffic(SITE)
    assert served(traffic, wanted(f"{ORIGIN}/logo.png", "image")).body == b"png"
    assert served(traffic, wanted(f"{ORIGIN}/gone.png", "image")).status == 404
    assert list(traffic.missing) == [f"{ORIGIN}/gone.png"]
    assert not traffic.outside


def test_a_favicon_that_only_the_browser_asks_for_is_not_missing() -> None:
    traffic = Traffic(SITE)
    traffic.decide(wanted(f"{ORIGIN}/favicon.ico", "image"))
    assert not traffic.missing


def test_what_a_static_server_cannot_take_is_missing() -> None:
    traffic = Traffic(SITE)
    traffic.decide(wanted(f"{ORIGIN}/api/order", method="POST"))
    assert list(traffic.missing) == [f"{ORIGIN}/api/order"]


def test_pictures_of_others_get_a_stand_in_and_are_not_refusals() -> None:
    traffic = Traffic(SITE)
    answer = served(traffic, wanted("https://images.example/a.jpg?w=40&h=30", "image"))
    assert answer.content_type == "image/png"
    assert traffic.outside == {"https://images.example/a.jpg?w=40&h=30": "image"}
    assert not traffic.refused
    assert not traffic.missing


def test_fonts_of_others_get_a_stand_in_but_their_style_sheets_do_not() -> None:
    traffic = Traffic(Site({}, font=b"glyphs"))
    answer = served(traffic, wanted("https://fonts.example/a.woff2", "font"))
    assert (answer.content_type, answer.body) == ("font/ttf", b"glyphs")
    assert traffic.decide(wanted("https://fonts.example/css?family=A", "stylesheet")) is None
    assert list(traffic.refused) == ["https://fonts.example/css?family=A"]


def test_everything_else_of_others_is_refused_and_listed() -> None:
    traffic = Traffic(SITE)
    assert traffic.decide(wanted("https://api.example/x")) is None
    assert list(traffic.refused) == ["https://api.example/x"]


@pytest.mark.parametrize("top", [True, False])
def test_documents_of_others_are_replaced_by_a_dull_one(top: bool) -> None:
    request = wanted("https://other.example/", "document", navigates=True, top=top)
    assert Traffic(SITE).decide(request) is DOCUMENT


def test_a_page_that_reloads_itself_is_stopped() -> None:
    traffic = Traffic(SITE)
    for _ in range(MAX_DOCUMENTS):
        assert served(traffic, document()).body == b"<home>"
    assert not traffic.restless
    assert traffic.decide(document()) is DOCUMENT
    assert traffic.restless


def test_a_flood_of_requests_is_cut_off_and_its_lists_stay_short() -> None:
    traffic = Traffic(SITE)
    answers = [traffic.decide(wanted(f"{ORIGIN}/{n}.txt")) for n in range(MAX_REQUESTS + 1)]
    assert answers[-1] is None
    assert traffic.restless
    assert len(traffic.missing) <= 100


@pytest.mark.parametrize("path", ["/big.bin", "/nowhere/else"])
def test_bytes_served_are_bounded(path: str) -> None:
    big = bytes(MAX_SERVED_BYTES // 4)
    traffic = Traffic(Site({"index.html": big, "big.bin": big}))
    answers = [traffic.decide(wanted(ORIGIN + path, "document", navigates=True)) for _ in range(4)]
    assert not traffic.restless
    assert sum(len(answer.body) for answer in answers if answer) <= MAX_SERVED_BYTES
    for _ in range(2):
        answer = traffic.decide(wanted(f"{ORIGIN}/big.bin"))
    assert answer is None
    assert traffic.restless


def test_what_a_page_sends_is_bounded_too_and_told_where_it_goes_on() -> None:
    traffic = Traffic(SITE)
    send = Wanted(f"{ORIGIN}/x", "POST", "fetch", navigates=False, top=False, sent=MAX_SERVED_BYTES // 2 - 100)
    ends = []
    for _ in range(5):
        traffic.decide(send)
        ends.append((traffic.restless, traffic.floods))
    assert ends == [(False, False), (False, False), (True, False), (True, False), (True, True)]


@pytest.mark.parametrize(
    ("url", "size"),
    [
        ("https://images.example/photo-1?w=400&h=200", (400, 200)),
        ("https://images.example/photo-1?width=400", (400, 300)),
        ("https://picsum.example/300/100", (300, 100)),
        ("https://placehold.example/600x400.png", (600, 400)),
        ("https://placehold.example/150", (150, 150)),
        ("https://images.example/a.jpg", (800, 600)),
        ("https://images.example/a.jpg?w=99999&h=1", (MAX_SIDE, 1)),
        ("https://images.example/a.jpg?w=-5&h=%00", (800, 600)),
    ],
)
def test_a_stand_in_has_the_size_that_the_address_asks_for(url: str, size: tuple[int, int]) -> None:
    assert wanted_size(url) == size


def test_a_stand_in_is_one_grey() -> None:
    image = Image.open(io.BytesIO(grey_png(7, 5)))
    assert image.size == (7, 5)
    assert len(image.convert("RGB").getcolors() or []) == 1
