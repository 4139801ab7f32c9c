"""Facts of real pages in the real browser: each where it is right, and where a page would have it wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from render_worker.host import Host
from render_worker.render import look, run_in
from render_worker.site import Site
from render_worker.summary import summary
from render_worker.tour import Mode
from render_worker.verdict import rule
from services.sandbox import make_sandbox
from services.settings import RenderSettings

pytestmark = pytest.mark.stack

SETTINGS = RenderSettings(routes=2, width=800, height=600)
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with closing(Host(SETTINGS, make_sandbox(SETTINGS.sandbox))) as host:
        yield host


def page(body: str, head: str = "") -> bytes:
    start = f'<!doctype html><html lang="en"><head><title>Tide tables</title>{head}</head>'
    return f'{start}<body style="margin:0;font:16px sans-serif"><div id="root">{body}</div></body></html>'.encode()


def facts(host: Host, body: str, head: str = "", mode: Mode = "home") -> dict[str, Any]:
    return report(host, page(body, head), mode)["page"]["home.png"]


def report(host: Host, html: bytes, mode: Mode = "home") -> dict[str, Any]:
    run = run_in(host, SETTINGS, Site({"index.html": html}), mode)
    looks = [look(visit, SETTINGS) for visit in run.visits]
    ruling = rule(looks, run.end)
    return summary(looks, ruling, run.tour, run.end, run.watch) | {"rules": {f.rule for f in ruling.findings}}


def test_headings_landmarks_links_and_pictures_are_told(host: Host) -> None:
    seen = facts(
        host,
        f'<header><nav><a href="/a">A</a><a href="#here">Here</a><a href="#gone">Gone</a></nav></header>'
        f'<main><h1>Tides</h1><section><h2 id="here">Today</h2><h3 hidden>No</h3></section></main>'
        f'<img src="{DOT}" width="9" height="9"><img src="{DOT}" width="9" height="9" alt="">',
    )
    assert seen["outline"] == [[1, "Tides"], [2, "Today"]]
    assert {kind: n for kind, n in seen["landmark_kinds"].items() if n} == {
        "header": 1,
        "nav": 1,
        "main": 1,
        "section": 1,
    }
    assert (seen["links_internal"], seen["links_external"], seen["images_without_alt"]) == (3, 0, 1)
    assert seen["dead_links"] == [{"href": "#gone", "label": "Gone", "why": "no-target"}]


def test_paints_have_the_page_s_time_and_shifts_are_summed(host: Host) -> None:
    seen = facts(
        host,
        '<p id="p">Words that are pushed down</p><script>setTimeout(() => { const wide = document.createElement("h1");'
        'wide.style.height = "200px"; wide.textContent = "Wide as the page, and late";'
        "document.getElementById('root').prepend(wide); }, 1000)</script>",
    )
    assert seen["vitals"]["fcp_ms"] < 200
    assert 1_000 <= seen["vitals"]["lcp_ms"] < 1_300
    assert seen["vitals"]["cls"] > 0


@pytest.mark.parametrize(
    ("kind", "element", "style"),
    [
        ("picture", f'<img src="{DOT}" alt="a">', ""),
        ("picture", "<b></b>", f"background: url({DOT})"),
        ("gradient", "<b></b>", "background: linear-gradient(red, blue)"),
        ("gradient", "<b class=after></b>", ""),
        ("svg", "<svg><rect width=100% height=100% fill=red></rect></svg>", ""),
        ("canvas", "<canvas></canvas>", ""),
        ("frame", "<iframe></iframe>", ""),
    ],
)
def test_half_a_screen_of_a_picture_is_half(host: Host, kind: str, element: str, style: str) -> None:
    drawn = element.replace(
        ">", f' style="display:block;border:0;width:100%;height:300px;pointer-events:none;{style}">', 1
    )
    head = "<style>.after::after{content:'';display:block;height:300px;background:linear-gradient(red,blue)}</style>"
    assert facts(host, drawn, head)["covered"] == {kind: 0.5, "share": 0.5}


def test_what_an_opaque_colour_hides_covers_nothing(host: Host) -> None:
    body = (
        f'<img src="{DOT}" alt="a" style="position:absolute;inset:0;width:100%;height:100%">'
        '<div style="position:absolute;inset:0;background:#fff"><p>All there is to read</p></div>'
    )
    seen = facts(host, body)
    assert seen["covered"] == {"share": 0}
    assert seen["readable"] == len("All there is to read")


def test_one_picture_of_a_site_is_told_though_text_lies_behind_it(host: Host) -> None:
    words = "<p>Words that nobody sees. </p>" * 20 + "<button>No</button>" * 5
    over = f'<img src="{DOT}" alt="" style="position:fixed;inset:0;width:100%;height:100%">'
    assert "render/mostly-picture" in report(host, page(words + over))["rules"]
    hero = '<div style="min-height:600px;background:linear-gradient(red,blue)">'
    assert "render/mostly-picture" not in report(host, page(f"{hero}{words}</div>"))["rules"]


def test_texts_that_lie_over_one_another_are_told(host: Host) -> None:
    seen = facts(
        host,
        '<p class="over" style="top:9px">First of two lines</p><p class="over" style="top:12px">Second line</p>'
        "<p>A <b>nested</b> one</p>",
        head="<style>p{margin:200px 0}.over{position:absolute;margin:0}</style>",
    )
    assert (seen["overlaps"], seen["overlap_example"]) == (1, ["First of two lines", "Second line"])


def test_axe_finds_what_is_wrong_and_only_where_a_site_is_looked_at_in_full(host: Host) -> None:
    body = f'<p style="color:#ccc">Hardly to be read</p><img src="{DOT}" width="50" height="50"><button></button>'
    seen = facts(host, body, mode="full")["accessibility"]
    assert {"color-contrast", "image-alt", "button-name"} <= {one["rule"] for one in seen["violations"]}
    assert seen["contrast_violations"] == 1
    assert facts(host, body)["accessibility"] is None


def test_a_page_that_patches_and_shadows_everything_is_measured_all_the_same(host: Host) -> None:
    html = page(
        "<form><input name=querySelectorAll><input name=elementsFromPoint><img name=adoptedStyleSheets alt=''>"
        '<input name=getElementsByTagName></form><h1>Tides</h1><a href="#">Dead</a>'
        "<script>Document.prototype.querySelectorAll = () => { throw 1 };"
        "Document.prototype.elementsFromPoint = () => [];"
        "Array.prototype.map = () => []; window.getComputedStyle = () => null; PerformanceObserver = null; Map = null;"
        "CSSStyleSheet = null; queueMicrotask = null; window.axe = { run: () => ({ violations: [] }) };</script>"
    )
    seen = report(host, html, "full")["page"]["home.png"]
    assert seen["outline"] == [[1, "Tides"]]
    assert [link["why"] for link in seen["dead_links"]] == ["empty"]
    assert seen["covered"] == {"share": 0}
    assert {"label"} <= {one["rule"] for one in seen["accessibility"]["violations"]}


def test_twenty_thousand_elements_in_one_place_are_left_unmeasured_not_waited_for(host: Host) -> None:
    head = "<style>i{position:absolute;inset:0}</style>"
    seen = report(host, page("<p>Words</p>" + "<i></i>" * 19_000, head), "full")
    home = seen["page"]["home.png"]
    assert seen["ended"] == "done"
    assert (home["covered"], home["accessibility"]) == (None, None)
    assert home["dom_nodes"] > 19_000


def test_a_route_that_shows_the_home_page_is_told(host: Host) -> None:
    seen = report(host, page('<h1>Tides</h1><a href="/about">About</a>'), "full")
    assert [(route["path"], route["identical_to"]) for route in seen["routes"]] == [("/about", "/")]
    assert "render/route-identical" in seen["rules"]


def test_fonts_of_other_origins_are_stood_in_for(host: Host) -> None:
    head = "<style>@font-face{font-family:R;src:url(https://fonts.example/r.woff2)}h1{font-family:R}</style>"
    seen = report(host, page("<h1>Tides</h1>", head))
    assert seen["outside_requests"] == [{"url": "https://fonts.example/r.woff2", "kind": "font", "page": "/"}]
    assert seen["functional"]
