"""Completions to measure with: golden sites, or a folder of one's own; and ways to make each one new."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from services.artifact import overlay, parse
from services.contract import SiteSource
from tests.support.golden import load_all

_COMMENTED = frozenset({".ts", ".tsx", ".js", ".jsx", ".css"})
_ENTRY = "src/main.tsx"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One completion and the site source that it holds."""

    name: str
    completion: str

    @property
    def site(self) -> SiteSource:
        return overlay(parse(self.completion, truncated=False))


def golden_sites() -> list[Candidate]:
    """The golden rollouts that build, render and are judged."""
    return [Candidate(golden.name, golden.completion) for golden in load_all() if golden.expected.is_site]


def candidates_in(folder: Path) -> list[Candidate]:
    """Every ``*.txt`` of a folder is a completion."""
    return [Candidate(file.stem, file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.txt"))]


def varied(site: SiteSource, mark: str) -> SiteSource:
    """The same site with other text in every script and style sheet, and another program: it sets ``mark`` on the
    document. Nothing that was made of one variant is of use to another."""
    return site.model_copy(update={"files": dict(_varied(site.files, mark))})


def _varied(files: dict[str, str], mark: str) -> Iterator[tuple[str, str]]:
    for path, text in files.items():
        is_commented = PurePosixPath(path).suffix in _COMMENTED
        statement = f"document.documentElement.dataset.variant = {mark!r};\n" if path == _ENTRY else ""
        yield path, f"{text}\n{statement}/* {mark} */\n" if is_commented else text
