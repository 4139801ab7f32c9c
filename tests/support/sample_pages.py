"""Kinds of page, from blank to finished, and a photographer for them. For tests of judges."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

from playwright.sync_api import Browser, sync_playwright

BLANK = "<!doctype html><title>Blank</title><div id=root></div>"

_ARTICLE = """
<h1>Harbour Coffee</h1><p>We roast small batches of coffee every Tuesday and Friday, by hand.</p>
<a href=#>Home</a> <a href=#>Menu</a> <a href=#>Contact</a>
<h2>Our menu</h2><ul><li>Espresso, 2.40</li><li>Flat white, 3.60</li><li>Filter of the day, 3.20</li></ul>
<h2>Visit us</h2><p>Quay Street 14, open from seven to six. Dogs are welcome, laptops until noon.</p>
<button>Reserve a table</button>
"""
UNSTYLED = f"<!doctype html><title>Harbour Coffee</title>{_ARTICLE}"

WALL_OF_TEXT = UNSTYLED + "<p>We roast small batches of coffee every Tuesday and Friday, by hand.</p>" * 80

PLAIN = f"""<!doctype html><title>Harbour Coffee</title><style>
body{{font-family:sans-serif;max-width:900px;margin:24px auto;color:#222;line-height:1.5}}
h1{{background:#e5e7eb;padding:16px}} a{{color:#1d4ed8;margin-right:12px}}
button{{padding:8px 16px;background:#1d4ed8;color:white;border:0}}
</style>{_ARTICLE}"""

_CARDS = "".join(
    f"<article><div class=pic style='background:{colour}'></div><h3>{name}</h3><p>{text}</p>"
    f"<b>{price}</b><button>Add</button></article>"
    for name, text, price, colour in (
        ("Espresso", "Dark chocolate, walnut, a long sweet finish.", "2.40", "linear-gradient(135deg,#7c2d12,#f59e0b)"),
        ("Flat white", "Silky milk over a double ristretto.", "3.60", "linear-gradient(135deg,#92400e,#fde68a)"),
        ("Filter", "Ethiopian, washed: bergamot and peach.", "3.20", "linear-gradient(135deg,#065f46,#6ee7b7)"),
    )
)
_FINISHED_STYLE = """
*{box-sizing:border-box;margin:0} body{font-family:'Liberation Sans',sans-serif;background:var(--page);color:var(--ink)}
header{display:flex;justify-content:space-between;align-items:center;padding:20px 64px;background:var(--bar)}
nav a{margin-left:28px;color:var(--soft);text-decoration:none;font-size:15px}
.hero{padding:72px 64px;background:var(--hero);color:white;text-align:center}
.hero h1{font-size:52px;letter-spacing:-1px} .hero p{font-size:20px;margin:16px 0 28px;opacity:.9}
button{background:var(--accent);color:white;border:0;border-radius:10px;padding:12px 22px;font-size:15px}
main{display:grid;grid-template-columns:repeat(3,1fr);gap:28px;padding:48px 64px}
article{background:var(--card);border-radius:16px;padding:20px;box-shadow:0 8px 24px #0002}
.pic{height:120px;border-radius:12px;margin-bottom:16px} h3{font-size:20px;margin-bottom:6px}
article p{color:var(--soft);font-size:14px;margin-bottom:14px} b{font-size:18px;margin-right:16px}
"""
_FINISHED_BODY = f"""<header><strong>Harbour Coffee</strong><nav><a href=#>Home</a><a href=#>Menu</a><a href=#>Visit</a>
</nav></header><section class=hero><h1>Coffee, roasted by the sea</h1><p>Small batches, every Tuesday and Friday.</p>
<button>Reserve a table</button></section><main>{_CARDS}</main>"""


def _finished(colours: str) -> str:
    style = f"<style>:root{{{colours}}}{_FINISHED_STYLE}</style>"
    return f"<!doctype html><title>Harbour Coffee</title>{style}{_FINISHED_BODY}"


FINISHED = _finished(
    "--page:#f8fafc;--ink:#0f172a;--soft:#64748b;--bar:#fff;--card:#fff;--accent:#ea580c;"
    "--hero:linear-gradient(120deg,#7c2d12,#ea580c)"
)
FINISHED_DARK = _finished(
    "--page:#0b1120;--ink:#e2e8f0;--soft:#94a3b8;--bar:#111827;--card:#1e293b;--accent:#6366f1;"
    "--hero:linear-gradient(120deg,#312e81,#7c3aed)"
)

LIMITS = {"links": 100, "blocks": 300, "nodes": 5_000}


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless shell. It shows pages of these tests only, so root may run it without its own sandbox."""
    program = shutil.which("chromium-headless-shell")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


def photograph(started: Browser, html: str) -> tuple[bytes, dict[str, Any]]:
    """A screenshot of 1280 by 800 pixels, and the facts that the render stage measures with its own script."""
    script = resources.files("render_worker").joinpath("scripts", "facts.js").read_text("utf-8")
    page = started.new_page(viewport={"width": 1280, "height": 800})
    try:
        page.set_content(html)
        return page.screenshot(), page.evaluate(f"({script.replace('export default', '')})", LIMITS)
    finally:
        page.close()
