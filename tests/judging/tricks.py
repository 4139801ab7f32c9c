"""Cheap tricks: pages without a site behind them, made to please measures of pictures. Pure."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from tests.judging.site import Site

Trick = Callable[[Site], Site]

_FULL = "position:fixed;inset:0;width:100%;height:100%"
_COLOURS = ("#e11d48", "#f59e0b", "#10b981", "#3b82f6", "#8b5cf6", "#0f172a", "#f1f5f9", "#14b8a6")

NOISE = f"""<canvas id=c style="{_FULL}" width=1280 height=800></canvas><script>
const g = document.getElementById("c").getContext("2d"), d = g.createImageData(1280, 800); let s = 9;
for (let i = 0; i < d.data.length; i++) d.data[i] = i % 4 === 3 ? 255 : (s = (s * 48271) % 2147483647) & 255;
g.putImageData(d, 0, 0);</script>"""

GRADIENT = f'<div style="{_FULL};background:linear-gradient(120deg,#312e81,#7c3aed 45%,#f97316)"></div>'

PHOTOGRAPH = f"""<svg style="{_FULL}" viewBox="0 0 1280 800" preserveAspectRatio="xMidYMid slice">
<defs><linearGradient id=s x2=0 y2=1><stop stop-color="#0c4a6e"/><stop offset=.6 stop-color="#fdba74"/></linearGradient>
<filter id=f><feTurbulence baseFrequency=".012 .03" numOctaves=5 seed=3 /><feColorMatrix values="0 0 0 0 .1 0 0 0 0
.25 0 0 0 0 .2 0 0 0 -3 2.2"/></filter></defs><rect width=1280 height=800 fill="url(#s)"/>
<circle cx=860 cy=330 r=60 fill="#fef3c7"/><path d="M0 480 300 330 520 470 800 290 1280 500V800H0Z" fill="#1e3a34"/>
<path d="M0 620 400 480 760 640 1280 520V800H0Z" fill="#0f2a24"/><rect y=300 width=1280 height=500 filter="url(#f)"
opacity=.5 /></svg>"""

STRIPES = f'<div style="{_FULL};background:repeating-linear-gradient(90deg,#1d4ed8 0 40px,#fff 40px 80px)"></div>'


def _boxes(words: list[str]) -> str:
    cells = "".join(
        f"<div style='background:{_COLOURS[(i * 5 + i // 8) % 8]};border-radius:8px;padding:8px'>"
        f"{escape(words[i % len(words)]) if words else ''}</div>"
        for i in range(96)
    )
    grid = f"{_FULL};display:grid;grid-template-columns:repeat(12,1fr);grid-template-rows:repeat(8,1fr);gap:6px"
    return f'<div style="{grid}">{cells}</div>'


def _hidden_words(site: Site) -> str:
    words = escape(f"{site.title} {site.instruction} " * 12)
    hidden = f"<h1>{words[:60]}</h1><p>{words}</p><a href=#>{words[:20]}</a><button>{words[:20]}</button>"
    style = "<style>body *{color:#4c1d95!important;background:#4c1d95;border:0}</style>"
    return f'{style}<div style="{_FULL}">{hidden}</div>'


def _skeleton() -> str:
    """The picture of a site: bars where words would be."""
    bar = "<div style='height:{}px;width:{}px;background:{};border-radius:6px;margin:10px 0'></div>".format
    words = f"{bar(18, 180, '#334155')}{bar(10, 300, '#cbd5e1')}{bar(10, 260, '#cbd5e1')}{bar(34, 110, '#2563eb')}"
    card = f"<div style='background:#fff;padding:20px;border-radius:14px'>{bar(120, 300, '#93c5fd')}{words}</div>"
    hero = f"<div style='padding:70px 60px;background:#1e3a8a'>{bar(46, 620, '#fff')}{bar(16, 480, '#bfdbfe')}</div>"
    cards = f"<div style='display:grid;grid-template-columns:repeat(3,1fr);gap:24px;padding:40px 60px'>{card * 3}</div>"
    return f"<div style='{_FULL};background:#f1f5f9'>{hero}{cards}</div>"


def _dressed_boxes(site: Site) -> str:
    """Boxes with words below what a page is known by: a heading, links and buttons."""
    links = "<nav><a href=#>Home</a> <a href=#>About</a></nav>"
    head = f"{links}<h1 style='font-size:48px'>{escape(site.title)}</h1><button>Go</button><button>More</button>"
    return head + _boxes(_long_words(site)).replace(_FULL, "height:700px")


def _one_card(site: Site) -> str:
    words = escape(" ".join(_long_words(site)[:8]))
    title = escape(site.title)
    cards = "".join(
        f"<article style='background:{colour};border-radius:12px;padding:20px'><h3>{title}</h3><p>{words}</p>"
        "<button>More</button></article>"
        for colour in ("#fde68a", "#bfdbfe", "#bbf7d0", "#fecaca") * 6
    )
    head = (
        f"<header style='background:#1e3a8a;color:#fff;padding:40px'><h1 style='font-size:48px'>{title}</h1></header>"
    )
    grid = "display:grid;grid-template-columns:repeat(4,1fr);gap:16px;padding:30px"
    return f"<style>body{{font-family:Arial;margin:0}}</style>{head}<main style='{grid}'>{cards}</main>"


def _long_words(site: Site) -> list[str]:
    return [word for word in site.instruction.split() if len(word) > 3]


def _by(body: Callable[[Site], str]) -> Trick:
    def trick(site: Site) -> Site:
        return site.with_home(f"<!doctype html><title>{escape(site.title)}</title>{body(site)}")

    return trick


TRICKS: dict[str, Trick] = {
    "gradient": _by(lambda _: GRADIENT),
    "noise": _by(lambda _: NOISE),
    "photograph": _by(lambda _: PHOTOGRAPH),
    "photograph with a headline": _by(
        lambda site: f"{PHOTOGRAPH}<h1 style='position:fixed;top:80px;left:80px;color:#fff'>{escape(site.title)}</h1>"
    ),
    "stripes": _by(lambda _: STRIPES),
    "coloured boxes": _by(lambda _: _boxes([])),
    "boxes with words": _by(lambda site: _boxes(_long_words(site))),
    "words in the colour of the ground": _by(_hidden_words),
    "picture of a site": _by(lambda _: _skeleton()),
}

DRESSED: dict[str, Trick] = {"boxes below a heading": _by(_dressed_boxes), "one card again and again": _by(_one_card)}
"""Tricks with so much of a page about them that a person may well prefer them to a plain one."""
