"""A site's files and what is asked of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path

PAGES = Path(__file__).parent / "pages"
"""Finished pages, one file each: none of them was looked at when the judge's weights were set."""

HOME = "index.html"

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL | re.IGNORECASE)
_DESCRIPTION = re.compile(r'<meta name="?description"? content="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Site:
    """Attributes:
    subject: what the site is about, in one word.
    instruction: what a user would have asked for.
    files: path -> content, ``index.html`` among them.
    """

    subject: str
    instruction: str
    files: Mapping[str, bytes]

    @property
    def home(self) -> str:
        return self.files[HOME].decode("utf-8", "replace")

    @property
    def title(self) -> str:
        found = _TITLE.search(self.home)
        return unescape(found.group(1)).strip() if found else self.subject

    def with_home(self, html: str) -> Site:
        return replace(self, files={**self.files, HOME: html.encode()})


def page_site(path: Path) -> Site:
    """A page of `PAGES`: its description says what it was asked to be."""
    html = path.read_text("utf-8")
    described = _DESCRIPTION.search(html)
    return Site(path.stem, unescape(described.group(1)) if described else path.stem, {HOME: html.encode()})


def held_out() -> list[Site]:
    return [page_site(path) for path in sorted(PAGES.glob("*.html"))]
