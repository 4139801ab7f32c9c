"""Facts of a build besides its files: what the bundle is made of, what was said, and how long it took. Pure.

The words and units stand in `docs/architecture.md`. Whatever a builder or a log says is bounded and checked for its
form here; what is not in that form is left out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, TypeGuard

from build_worker.text import plain
from services.contract.clean import clean

CANDIDATE = "candidate-process"
"""``said_by`` of facts that come out of a process in which the candidate's code ran: its word, no more."""

MAX_PACKAGES = 32
"""The thirty largest, and what stands for the rest."""

MAX_WARNINGS = 20
_MAX_WARNING = 300
_MAX_NAME = 214
_MAX_PHASES = 12
_MAX_COUNT = 10**12
_WORD = re.compile(r"[a-z][a-z_]{0,30}")
_ANY_KIND = "other"
_KINDS: Mapping[str, frozenset[str]] = {
    "script": frozenset({"js", "mjs", "cjs"}),
    "style": frozenset({"css"}),
    "html": frozenset({"html", "htm"}),
    "image": frozenset({"png", "jpg", "jpeg", "jfif", "gif", "svg", "ico", "webp", "avif", "bmp"}),
    "font": frozenset({"woff", "woff2", "ttf", "otf", "eot"}),
}
_KIND_OF = {f".{extension}": kind for kind, extensions in _KINDS.items() for extension in extensions}
_MODULES = re.compile(r"^[^\w\n]{0,4}(\d{1,9}) modules? transformed", re.MULTILINE)
_BUILT = re.compile(r"^[^\w\n]{0,4}built in (?:(\d{1,5})m ?)?(\d{1,9}(?:\.\d{1,9})?)(ms|s)\b", re.MULTILINE)


def bytes_by_kind(files: Mapping[str, bytes]) -> dict[str, int]:
    """Bytes of a bundle's files by ``script``, ``style``, ``html``, ``image``, ``font`` and ``other``."""
    found = dict.fromkeys((*_KINDS, _ANY_KIND), 0)
    for path, content in files.items():
        extension = PurePosixPath(path).suffix.lower()
        found[_KIND_OF.get(extension, _ANY_KIND)] += len(content)
    return found


def log_facts(stdout: bytes, stderr: bytes, wall_seconds: float) -> dict[str, Any]:
    """What the output of a build that went well says: ``modules_transformed``, ``warnings``, and ``seconds`` of the
    phases ``start`` (before the bundler began) and ``bundle``."""
    said, complained = plain(stdout), plain(stderr)
    facts: dict[str, Any] = {"said_by": CANDIDATE, "warnings": _warnings(complained.splitlines())}
    modules = [int(match[1]) for match in _MODULES.finditer(said)]
    facts |= {"modules_transformed": modules[-1]} if modules else {}
    built = [_seconds(match) for match in _BUILT.finditer(said)]
    if built and built[-1] <= wall_seconds:
        facts["seconds"] = {"start": round(wall_seconds - built[-1], 4), "bundle": round(built[-1], 4)}
    return facts


def checked(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A lane's facts in their form, each within its bounds."""
    forms = {"warnings": _warnings, "bytes_by_package": _by_package, "seconds": _phases, "site_share": _share}
    found = {name: forms.get(name, _plain_value)(value) for name, value in facts.items() if _WORD.fullmatch(name)}
    return {name: value for name, value in found.items() if value is not None}


def _seconds(match: re.Match[str]) -> float:
    return int(match[1] or 0) * 60 + float(match[2]) / (1000 if match[3] == "ms" else 1)


def _warnings(value: object) -> list[str] | None:
    lines = [line for line in value if isinstance(line, str)] if isinstance(value, list) else None
    if lines is None:
        return None
    return [str(clean(line.strip()[:_MAX_WARNING])) for line in lines if line.strip()][:MAX_WARNINGS]


def _by_package(value: object) -> dict[str, int] | None:
    if not isinstance(value, dict):
        return None
    named = {clean(name)[:_MAX_NAME]: size for name, size in value.items() if isinstance(name, str) and _is_count(size)}
    return dict(sorted(named.items(), key=lambda item: (-item[1], item[0]))[:MAX_PACKAGES])


def _phases(value: object) -> dict[str, float] | None:
    if not isinstance(value, dict):
        return None
    known = {name: size for name, size in value.items() if isinstance(name, str) and _WORD.fullmatch(name)}
    return {name: round(size, 4) for name, size in list(known.items())[:_MAX_PHASES] if _is_number(size)}


def _share(value: object) -> float | None:
    return round(value, 4) if _is_number(value) and value <= 1 else None


def _plain_value(value: object) -> object:
    """A count, or a short word; nothing else is a fact."""
    if isinstance(value, str):
        return clean(value)[:_MAX_WARNING]
    return value if isinstance(value, bool) or _is_count(value) else None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_COUNT


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and 0 <= value <= _MAX_COUNT
