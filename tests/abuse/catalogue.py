"""The manifest of attacks, and the cases in ``cases/*.py``; one case for every id."""

from __future__ import annotations

import importlib.util
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.abuse.case import Case

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One attack of the manifest; ``id`` is ``section/name``."""

    id: str
    section: str
    title: str


def manifest() -> list[Entry]:
    """In the order of the file."""
    sections = tomllib.loads((_HERE / "manifest.toml").read_text(encoding="utf-8"))
    return [
        Entry(f"{section}/{name}", section, title)
        for section, items in sections.items()
        for name, title in items.items()
    ]


def cases() -> list[Case]:
    """Every case, by file and then in the file's order."""
    return [case for path in sorted((_HERE / "cases").glob("*.py")) for case in _cases_of(path)]


def _cases_of(path: Path) -> list[Case]:
    spec = importlib.util.spec_from_file_location(f"tests.abuse.cases.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: list[Case] = module.CASES
    return found


def missing(entries: list[Entry], known: list[Case]) -> list[str]:
    """What does not match one to one, in words."""
    ids, wanted = [case.id for case in known], [entry.id for entry in entries]
    found = [f"{name} has no case" for name in wanted if name not in ids]
    found += [f"{name} is not in the manifest" for name in ids if name not in wanted]
    return found + [f"{name} is there twice" for name in {*ids} if ids.count(name) > 1]
