"""Which global names a script of another origin would have brought, read off its address. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_BY_LIBRARY = {
    "$": ("jquery", "zepto"),
    "_": ("lodash", "underscore"),
    "l": ("leaflet",),
    "m": ("materialize", "mithril"),
    "yt": ("youtube",),
    "fb": ("facebook",),
    "fbq": ("facebook",),
    "google": ("maps.googleapis", "accounts.google", "gstatic"),
    "gtag": ("googletagmanager", "google-analytics"),
    "ga": ("google-analytics",),
    "hljs": ("highlight",),
    "scrolltrigger": ("gsap", "greensock"),
    "tweenmax": ("gsap", "greensock"),
    "tweenlite": ("gsap", "greensock"),
    "reactdom": ("react",),
}
"""Global name in lower case -> what the addresses of its libraries contain, where that is not the name itself."""

_SHORTEST = 2
_NO_NAMES = {
    "js",
    "mjs",
    "min",
    "dist",
    "npm",
    "cdn",
    "com",
    "net",
    "org",
    "io",
    "www",
    "umd",
    "lib",
    "libs",
    "ajax",
    "src",
}


def brings(url: str, name: str) -> bool:
    """Whether the script at this address may be the one that defines this global: ``…/gsap@3/dist/gsap.min.js`` and
    ``gsap``, ``…/jquery.min.js`` and ``$``."""
    parts = urlsplit(url)
    where = f"{parts.hostname or ''}{parts.path}".lower()
    wanted = name.lower()
    if any(library in where for library in _BY_LIBRARY.get(wanted, ())):
        return True
    return len(wanted) >= _SHORTEST and wanted in set(re.split(r"[^a-z0-9$_]+", where)) - _NO_NAMES
