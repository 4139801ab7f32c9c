"""The texts of real pages in the real browser, with their places: as a reader meets them, and as pages hide them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from render_worker.host import Host
from render_worker.render import run_in
from render_worker.site import Site
from services.contract.words import Word
from services.sandbox import make_sandbox
from services.settings import RenderSettings

pytestmark = pytest.mark.stack

SETTINGS = RenderSettings(routes=2, width=800, height=600)


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with closing(Host(SETTINGS, make_sandbox(SETTINGS.sandbox))) as host:
        yield host


def words(host: Host, body: str, head: str = "") -> dict[str, Word]:
    """By text; pages here say nothing twice."""
    html = f"<!doctype html><title>Tides</title>{head}<body style='margin:0'><div id=root>{body}</div>"
    files = {
        "index.html": html.encode(),
        "own.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><text>of a file</text></svg>",
    }
    run = run_in(host, SETTINGS, Site(files), "home")
    told = run.visits[0].words
    assert told is not None
    return {word.text: word for word in told.texts}


def test_where_each_text_stands(host: Host) -> None:
    told = words(
        host,
        '<p>plain</p><p style="display:none">gone</p><p style="color:#fefefe">pale</p><p style="font-size:1px">tiny</p>'
        '<p style="opacity:0">clear</p><p style="position:absolute;left:-999px">away</p><p class=b></p>'
        '<img src="own.svg" alt="alt text" title="title text"><i aria-label="label"></i><input placeholder="holder">'
        '<input value="typed"><svg width=90 height=20><text y=15>drawn</text></svg><canvas width=90 height=20></canvas>'
        '<iframe srcdoc="<p>framed" height=40></iframe><script>const c = document.querySelector("canvas");'
        'c.getContext("2d").fillText("painted", 0, 15)</script>',
        "<meta name=description content=described><style>.b::before{content:'styled'}</style>",
    )
    assert {text: word.where for text, word in told.items() if word.where != "frame"} == {
        "Tides": "document",
        "described": "meta",
        "plain": "visible",
        "gone": "hidden",
        "pale": "faint",
        "tiny": "faint",
        "clear": "hidden",
        "away": "off-screen",
        "styled": "pseudo",
        "of a file": "picture",
        "alt text": "alt",
        "title text": "title",
        "label": "aria",
        "holder": "placeholder",
        "typed": "value",
        "drawn": "svg",
        "painted": "canvas",
        "framed": "visible",
    }


def test_a_line_is_where_its_pixels_are(host: Host) -> None:
    told = words(host, '<p style="position:absolute;left:40px;top:100px;margin:0;font:20px/30px monospace">word</p>')
    ((x, y, width, height),) = told["word"].boxes
    assert (x, 98 <= y <= 106, 44 <= width <= 54, 20 <= height <= 32) == (40, True, True, True)


def test_pieces_of_a_word_stand_together_and_blocks_apart(host: Host) -> None:
    told = words(host, "<p>on<b>e</b> <i>two</i></p><p>three<span style='display:none'>not</span><u>four</u></p>")
    assert {text: told[text].gap for text in ("on", "e", "two", "three", "four")} == {
        "on": "\n",
        "e": "",
        "two": " ",
        "three": "\n",
        "four": "",
    }


def test_names_and_prototypes_of_the_page_stand_in_nobodys_way(host: Host) -> None:
    told = words(
        host,
        '<img name="createTreeWalker"><img name="documentElement"><img name="title"><form><input name="parentNode">'
        '<input name="getAttribute"><input name="shadowRoot"><p title="kept">seen</p></form><div id=h></div>'
        "<script>h.attachShadow({mode: 'open'}).innerHTML = '<p>within</p>';"
        "Range.prototype.getClientRects = () => []; Element.prototype.getAttribute = () => null</script>",
    )
    assert (told["seen"].where, told["kept"].where, told["within"].where) == ("visible", "title", "visible")


def test_a_flood_is_cut_and_what_is_on_the_screen_is_kept(host: Host) -> None:
    flood = "<div style='display:none'>" + "".join(f"<p>{number}</p>" for number in range(9_000)) + "</div>"
    html = f"<!doctype html><body>{flood}<p>the last line</p>".encode()
    told = run_in(host, SETTINGS, Site({"index.html": html}), "home").visits[0].words
    assert told is not None
    assert told.cut
    assert told.texts[-1].text == "the last line"


ADDRESS = (
    "data:image/svg+xml,%3Csvg xmlns=%27http://www.w3.org/2000/svg%27%3E%3Ctext%3Epainted words%3C/text%3E%3C/svg%3E"
)


@pytest.mark.parametrize(
    ("body", "text", "where"),
    [
        ('<select><option>chosen words<option label="other">', "chosen words", "value"),
        ('<select size=3><optgroup label="group words"><option>o</select>', "group words", "value"),
        ('<img src="none.png" alt="words instead" width=200 height=30>', "words instead", "alt"),
        ("<ul><li style=\"list-style:'marked words ' inside\">item</ul>", "marked words", "pseudo"),
        ("<style>.m::marker{content:'marked words'}</style><ul><li class=m>item</ul>", "marked words", "pseudo"),
        (
            "<style>@counter-style q{symbols:'counted words'}p::before{content:counter(k,q)}</style><p>x</p>",
            "counted words",
            "pseudo",
        ),
        (
            "<svg width=99 height=20><defs><text id=t y=15>used words</text></defs><use href='#t'/></svg>",
            "used words",
            "svg",
        ),
        (
            f'<p style="background:linear-gradient(red,red),url(&quot;{ADDRESS}&quot;)">x</p>',
            "painted words",
            "picture",
        ),
        (f'<p style="border:9px solid;border-image:url(&quot;{ADDRESS}&quot;) 1">x</p>', "painted words", "picture"),
        (f'<div style="content:url(&quot;{ADDRESS}&quot;)"></div>', "painted words", "picture"),
        ("<p id=s></p><script>s.textContent = ' '.repeat(50000) + 'late words'</script>", "late words", "visible"),
        (
            "<p id=s></p><script>s.textContent = '\\u200b'.repeat(50000) + 'late words'</script>",
            "late words",
            "visible",
        ),
    ],
)
def test_what_else_is_drawn_is_told_with_its_place(host: Host, body: str, text: str, where: str) -> None:
    found = words_as(host, body, text, where)
    assert found
    assert any(word.boxes for word in found)


def words_as(host: Host, body: str, text: str, where: str) -> list[Word]:
    html = f"<!doctype html><title>Tides</title><body style='margin:0'><div id=root>{body}</div>"
    told = run_in(host, SETTINGS, Site({"index.html": html.encode()}), "home").visits[0].words
    assert told is not None
    return [word for word in told.texts if word.text.strip() == text and word.where == where]


def test_a_long_text_is_told_in_pieces_and_letters_of_a_canvas_as_often_as_drawn(host: Host) -> None:
    told = words(host, "<p id=s></p><script>s.textContent = 'a '.repeat(12000) + 'the end'</script>")
    assert any(text.endswith("the end") and word.gap == "" for text, word in told.items())
    html = "<!doctype html><div id=root><canvas></canvas>x</div><script>const c = document.querySelector('canvas')"
    code = ".getContext('2d'); for (const one of 'noon') c.fillText(one, 9, 9)</script>"
    site = Site({"index.html": (html + code).encode()})
    drawn = run_in(host, SETTINGS, site, "home").visits[0].words
    assert drawn is not None
    assert "".join(word.text for word in drawn.texts if word.where == "canvas") == "noon"


def test_a_shadow_of_a_text_is_covered_where_it_falls(host: Host) -> None:
    [word] = words_as(host, "<p style='margin:0;color:transparent;text-shadow:0 60px #000'>cast</p>", "cast", "faint")
    assert any(y >= 55 for _, y, _, _ in word.boxes)


def test_a_screen_with_more_texts_than_are_told_is_called_crowded(host: Host) -> None:
    piled = (
        "<p id=s style='position:absolute;top:0;height:9px;overflow:hidden'></p><script>s.textContent = '{}'</script>"
    )
    for text, crowded in (("a ".join("a" * 30_000), False), ("word " * 30_000, True)):
        html = f"<!doctype html><div id=root>x{piled.format(text)}</div>"
        told = run_in(host, SETTINGS, Site({"index.html": html.encode()}), "home").visits[0].words
        assert told is not None
        assert told.crowded is crowded
