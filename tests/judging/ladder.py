"""The same subject at four rungs: blank, unstyled, plain, finished. Pure functions from the finished site."""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape

from tests.judging.site import Site

RUNGS = ("blank", "unstyled", "plain", "finished")

_STYLES = re.compile(
    r"<style\b.*?</style>|<link\b[^>]*rel=[\"']?stylesheet[^>]*>|\sstyle=(\"[^\"]*\"|'[^']*')",
    re.DOTALL | re.IGNORECASE,
)

PLAIN = """
body{font-family:sans-serif;max-width:900px;margin:24px auto;color:#222;line-height:1.5}
h1{background:#e5e7eb;padding:16px} a{color:#1d4ed8;margin-right:12px}
button{padding:8px 16px;background:#1d4ed8;color:white;border:0} table{border-collapse:collapse}
td,th{border:1px solid #ccc;padding:4px 8px}
"""
"""A few rules, as of somebody who stopped after ten minutes."""


def blank(site: Site) -> Site:
    """A title and nothing to see."""
    return site.with_home(f"<!doctype html><title>{escape(site.title)}</title><div id=root></div>")


def unstyled(site: Site) -> Site:
    """Every word of it and no style: neither sheets nor attributes."""
    files = {path: b"" if path.endswith(".css") else content for path, content in site.files.items()}
    return replace(site, files=files).with_home(_STYLES.sub("", site.home))


def plain(site: Site) -> Site:
    bare = unstyled(site)
    return bare.with_home(_before(bare.home, "</head>", f"<style>{PLAIN}</style>"))


def _before(html: str, mark: str, added: str) -> str:
    """With `added` before the first `mark`, or in front of all else where there is none."""
    at = html.find(mark)
    return f"{added}{html}" if at < 0 else f"{html[:at]}{added}{html[at:]}"
