"""Mechanical degradations of a finished site: each spoils one thing and leaves the rest. Pure: a script of ours is
put into the page, and does its work once the page stands."""

from __future__ import annotations

from collections.abc import Callable

from tests.judging.ladder import unstyled
from tests.judging.site import Site

Degradation = Callable[[Site], Site]

_FRAME = """<script>addEventListener("load", () => setTimeout(() => {{
let state = 7;
const chance = () => (state = (state * 48271) % 2147483647) / 2147483647;
const all = () => [...document.body.querySelectorAll("*")].filter((e) => !/^(SCRIPT|STYLE)$/.test(e.tagName));
const set = (e, name, value) => e.style.setProperty(name, value, "important");
const texts = () => all().filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim()));
{}
}}, 1000));</script>"""

LAYOUT_LOST = """
const lost = all().map((e) => [e, getComputedStyle(e).display]);
for (const [e, display] of lost) {
  if (/flex|grid/.test(display)) set(e, "display", /inline/.test(display) ? "inline" : "block");
}"""
"""Rows and columns fall apart: whatever was laid out by flex or grid stands below one another."""

SHIFTED = """
const by = (most) => `${Math.round((chance() * 2 - 1) * most)}px`;
for (const e of texts()) set(e, "translate", `${by(60)} ${by(30)}`);
"""
"""No text stands where it should."""

OVERFLOW = """
for (const e of document.body.children) set(e, "min-width", "2100px");
for (const e of document.querySelectorAll("#root > *, #root > * > *")) set(e, "min-width", "2100px");
"""
"""Wider than the window by two thirds."""

CONTRAST_LOWERED = """
for (const e of texts()) set(e, "color", `color-mix(in srgb, ${getComputedStyle(e).color} 22%, transparent)`);
"""
"""Text hardly darker than what it stands on."""

SECTIONS_DROPPED = """
const drop = (e) => {
  const kids = [...e.children].filter((kid) => kid.getBoundingClientRect().height > 30);
  if (kids.length === 0) return;
  const area = (kid) => kid.offsetWidth * kid.offsetHeight;
  const largest = kids.reduce((a, b) => (area(b) > area(a) ? b : a));
  if (area(largest) > 0.55 * kids.reduce((sum, kid) => sum + area(kid), 0)) return drop(largest);
  for (const kid of kids.slice(Math.ceil(kids.length / 3))) set(kid, "display", "none");
};
drop(document.body);
"""
"""Of the parts that the page is made of the first third is there."""

FONTS_MIXED = """
const families = ["Times New Roman", "Courier New", "Arial", "Inter", "monospace", "serif", "cursive", "fantasy"];
for (const e of texts()) {
  set(e, "font-family", families[Math.floor(chance() * families.length)]);
  set(e, "font-size", `${Math.round(parseFloat(getComputedStyle(e).fontSize) * (0.7 + chance() * 0.9))}px`);
}"""
"""Every text in a typeface and size of its own."""


def _by(script: str) -> Degradation:
    def degrade(site: Site) -> Site:
        return site.with_home(site.home + _FRAME.format(script))

    return degrade


DEGRADATIONS: dict[str, Degradation] = {
    "styles removed": unstyled,
    "layout lost": _by(LAYOUT_LOST),
    "texts shifted": _by(SHIFTED),
    "overflow": _by(OVERFLOW),
    "contrast lowered": _by(CONTRAST_LOWERED),
    "sections dropped": _by(SECTIONS_DROPPED),
    "fonts mixed": _by(FONTS_MIXED),
}
