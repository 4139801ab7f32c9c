"""What a failed build says, as findings. Pure; held by captured logs of real builds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.contract import Finding, Severity

SITE_FOLDER = "/job/site/"
MAX_FINDINGS = 10
_MESSAGE = 500

_UNRESOLVED = re.compile(
    r"""(?:Roll(?:up|down) failed to resolve import|Could not resolve|Failed to resolve import) """
    r"""["'](?P<what>[^"'\n]{1,300})["']"""
    r"""(?: (?:from|in) ["']?(?P<file>[^"'\s]{1,400}?)["']?(?=\.?(?:\s|$)))?"""
)
_LOCATED = re.compile(
    r"^(?:\[[\w:.-]+\] ){0,3}(?P<file>[^\s:()\[\]][^\n:()]{0,300}):(?P<line>\d{1,7}):\d{1,7}: "
    r"(?:ERROR: )?(?P<text>\S.*)$",
    re.MULTILINE,
)
_NOT_EXPORTED = re.compile(
    r"^(?P<file>[^\s(][^\n(]{0,300}) \((?P<line>\d{1,7}):\d{1,7}\): (?P<text>\S.*)$", re.MULTILINE
)
_BOXED = re.compile(
    r"^\[[\w:.-]{1,60}\] (?P<text>\S[^\n]*)\n[ \t]{0,20}╭─\[ (?P<file>[^\n:\]]{1,300}):(?P<line>\d{1,7}):\d{1,7} \]",
    re.MULTILINE,
)
_PLACE = re.compile(
    r"^[ \t]{0,20}file: (?P<file>[^\s:][^\n:]{0,300})(?::(?P<line>\d{1,7}|undefined):\w{1,7})?$", re.MULTILINE
)
_OUTSIDE = re.compile(r"^(?P<what>\S.{0,400}) lies outside the site and its dependencies\.$", re.MULTILINE)
"""The scaffold lane's guard, of a path as it was asked for."""

_NO_ENTRY = re.compile(r"(?:Could not|Cannot) resolve entry module")
_CONFIG = re.compile(r"failed to load config from (?P<file>\S{1,300})")
_BEGIN = "error during build:"
_ERROR = re.compile(r"\b(?:error|failed|cannot|exception)\b", re.IGNORECASE)
_BOX = re.compile(r"^(?:[\s|^~─╭╰│├┤·,\d:-]*|Build failed with \d+ errors?:)$")


def diagnose(log: str) -> list[Finding]:
    """At least one finding for the log of a build that failed."""
    text = log.replace(SITE_FOLDER, "")
    found = list(dict.fromkeys(_named(text)))[:MAX_FINDINGS]
    return found or [_generic(text)]


def _named(text: str) -> Iterator[Finding]:
    if _NO_ENTRY.search(text):
        yield _finding("build/no-index", "index.html is missing: a bundler starts there.", None, None)
        return
    outside = list(_OUTSIDE.finditer(text))
    if outside:
        yield from (_finding("build/outside-file", match[0], None, None) for match in outside)
        return
    config = _CONFIG.search(text)
    if config:
        yield _finding("build/config", f"The configuration cannot be loaded: {_said(text)}", config["file"], None)
        return
    boxed = list(_BOXED.finditer(text))
    yield from (_boxed(match) for match in boxed)
    for match in () if boxed else _UNRESOLVED.finditer(text):
        yield _unresolved(match, match["file"], None)
    for pattern in (_LOCATED, _NOT_EXPORTED):
        for match in pattern.finditer(text):
            yield _finding("build/error", match["text"], match["file"], int(match["line"]))


def _boxed(match: re.Match[str]) -> Finding:
    line = int(match["line"])
    unresolved = _UNRESOLVED.search(match["text"])
    if unresolved:
        return _unresolved(unresolved, match["file"], line)
    return _finding("build/error", match["text"], match["file"], line)


def _unresolved(match: re.Match[str], file: str | None, line: int | None) -> Finding:
    return _finding("build/unresolved-import", f"The import {match['what']!r} does not resolve.", file, line)


def _generic(text: str) -> Finding:
    place = _PLACE.search(text)
    line = int(place["line"]) if place and (place["line"] or "").isdigit() else None
    return _finding("build/error", _said(text), place["file"] if place else None, line)


def _said(text: str) -> str:
    """The first line after the bundler's own heading, else the first that speaks of an error, else the last."""
    _, begin, after = text.partition(_BEGIN)
    lines = [line.strip() for line in (after if begin else text).splitlines()]
    telling = [line for line in lines if line and not _BOX.match(line) and not line.startswith("at ")]
    if not telling:
        return "The build failed without a message."
    return telling[0] if begin else next(filter(_ERROR.search, telling), telling[-1])


def _finding(rule: str, message: str, file: str | None, line: int | None) -> Finding:
    shown = file[:300] if file else None
    return Finding(rule=rule, severity=Severity.ERROR, message=message.strip()[:_MESSAGE], file=shown, line=line)
