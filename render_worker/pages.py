"""Which further pages of a site are visited. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from render_worker.site import ORIGIN, is_own

MAX_HREF = 1_000
HASH_ROUTES = ("#/", "#!/")
_PAGES = ("", ".html", ".htm")


def discover(hrefs: Iterable[str], home: str, count: int) -> list[str]:
    """The first `count` routes that links lead to, in the order of the links.

    Args:
        hrefs: values of ``a[href]`` as written, in document order.
        home: absolute address of the home page, against which they are resolved.

    Returns:
        Paths from the origin's root (``/about``, ``/#/about``), each once, home never.
    """
    found: dict[str, None] = {}
    seen = {route_key(home)}
    for href in hrefs:
        if len(found) >= count:
            break
        route = as_route(href, home)
        if route is not None and route_key(ORIGIN + route) not in seen:
            seen.add(route_key(ORIGIN + route))
            found[route] = None
    return list(found)


def as_route(href: str, home: str) -> str | None:
    """The route that a link leads to, or None: another origin, another scheme, a file to download."""
    if len(href) > MAX_HREF:
        return None
    try:
        url = urljoin(home, href.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    if not is_own(url) or PurePosixPath(parts.path).suffix.lower() not in _PAGES:
        return None
    fragment = f"#{parts.fragment}"
    return (parts.path or "/") + (fragment if fragment.startswith(HASH_ROUTES) else "")


def route_key(url: str) -> str:
    """Equal for addresses that show the same page: query, anchor, trailing slash and ``index.html`` do not count."""
    parts = urlsplit(url)
    path = parts.path.removesuffix("index.html").rstrip("/")
    fragment = f"#{parts.fragment}"
    route = fragment.partition("?")[0].rstrip("/") if fragment.startswith(HASH_ROUTES) else ""
    return path + ("" if route in ("#", "#!") else route)
