"""Which global names a script of another origin would have brought, read off its address. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

_BY_LIBRARY = {
    "$": ("jquery", "zepto"),
    "_": ("lodash", "underscore"),
    "l": ("leaflet",),
    "m": ("materialize", "mithril"),
    "io": ("socketio",),
    "yt": ("youtube",),
    "fb": ("facebook",),
    "fbq": ("facebook",),
    "google": ("gstatic",),
    "gtag": ("googletagmanager", "googleanalytics"),
    "ga": ("googleanalytics",),
    "hljs": ("highlight", "highlightjs"),
    "motion": ("framermotion",),
    "scrolltrigger": ("gsap", "greensock"),
    "tweenmax": ("gsap", "greensock"),
    "tweenlite": ("gsap", "greensock"),
    "reactdom": ("react",),
    "tailwind": ("tailwindcss",),
}
"""Global name in lower case -> what its libraries are called in addresses, where that is not the name itself."""

_BY_HOST = {"google": ("maps.googleapis.com", "accounts.google.com")}

_SHORTEST = 2
_NO_NAMES = {"js", "mjs", "min", "app", "main", "index", "script", "scripts", "bundle", "umd", "vendor"}
_HOOK = re.compile(r"use[A-Z]")
"""Imported, and never global."""

_OF_PACKAGES = {"unpkg", "esm", "skypack", "jspm"}
"""Hosts whose paths begin with a package."""


def brings(url: str, name: str) -> bool:
    """Whether the script at this address may be the one that defines this global: ``…/gsap@3/dist/gsap.min.js`` and
    ``gsap``, ``…/jquery.min.js`` and ``$``.

    An address goes by three names at most: that of its file, of its package and of its host. Other folders are none.
    """
    wanted = name.lower()
    parts = urlsplit(url.lower())
    host = parts.hostname or ""
    if _HOOK.match(name):
        return False
    if host in _BY_HOST.get(wanted, ()):
        return True
    known = {called for label in _labels(host, parts.path) for called in _called(label)}
    if known.intersection(_BY_LIBRARY.get(wanted, ())):
        return True
    return len(wanted) >= _SHORTEST and wanted in known - _NO_NAMES


def _labels(host: str, path: str) -> Iterator[str]:
    owner = host.split(".")[-2:][0]
    yield owner
    folders = [folder for folder in path.split("/") if folder]
    if folders:
        yield folders[-1]
        yield _package(owner, folders)


def _package(owner: str, folders: Sequence[str]) -> str:
    """``/npm/@scope/name@1/…``, ``/ajax/libs/name/1/…``, ``/gh/owner/name@1/…`` and ``/name@1/…``."""
    if folders[0] == "npm":
        folders = folders[1:]
    elif folders[:2] == ["ajax", "libs"] or folders[0] == "gh":
        folders = folders[2:]
    elif owner not in _OF_PACKAGES and "@" not in folders[0]:
        return ""
    named = folders[1:] if folders and folders[0].startswith("@") else folders
    return named[0].partition("@")[0] if named else ""


def _called(label: str) -> Iterator[str]:
    """What a label begins with, word for word: ``react-dom.min.js`` is called ``react``, ``reactdom`` and so on."""
    words = [word for word in re.split(r"[^a-z0-9$_]+", label) if word]
    for end in range(1, len(words) + 1):
        yield "".join(words[:end])
