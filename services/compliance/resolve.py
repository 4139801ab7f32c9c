"""Specifier -> file of the site, the way Vite resolves it. Pure, over path names alone."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from services.compliance.scan import scan

EXTENSIONS = (".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json")
"""Vite's ``resolve.extensions``, in its order."""

_DECLARATIONS = (".d.ts",)
_WRITTEN_AS = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",)}
_ALIAS = re.compile(
    r"(?:[\"'](?P<key>[@~#][\w-]{0,40}/?)[\"']\s{0,20}:|find\s{0,20}:\s{0,20}[\"'](?P<find>[@~#][\w-]{0,40}/?)[\"'])"
    r"[^\"']{0,120}[\"'](?P<target>\.{0,2}/?[\w./-]{0,200})[\"']"
)
_CONFIGS = ("vite.config.ts", "vite.config.mts", "vite.config.js", "vite.config.mjs")
_TYPE_CONFIGS = ("tsconfig.json", "tsconfig.app.json", "jsconfig.json")
_TRAILING_COMMA = re.compile(r",(?=\s*+[}\]])")
_MAX_CONFIG = 50_000
_MAX_ALIASES = 50


class Resolver:
    """Resolves specifiers against one site's files.

    Attributes:
        aliases: prefix (no slash at its end) -> folder of the site, as the Vite or TypeScript configuration says.
    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._by_lower = {path.lower(): path for path in files}
        self.aliases = aliases(files)

    def local(self, specifier: str, importer: str) -> str | None:
        """The site path that a relative, absolute or aliased specifier means; None where it names a package.

        The path has no extension guessed, and starts with ``..`` where it leaves the site.
        """
        name = specifier.partition("?")[0]
        if name in (".", "..") or name.startswith(("./", "../")):
            return posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
        if name.startswith("/") and not name.startswith("//"):
            return posixpath.normpath(name.lstrip("/"))
        for prefix, folder in self.aliases.items():
            if name == prefix or name.startswith(prefix + "/"):
                return posixpath.normpath(folder + name[len(prefix) :])
        return None

    def find(self, path: str, type_only: bool = False) -> str | None:
        """The file that a local path resolves to; None where there is none."""
        return next((c for c in self._candidates(path, type_only) if c in self._files), None)

    def hint(self, path: str) -> str:
        """What to do about a local path that resolves to nothing."""
        for candidate in self._candidates(path, type_only=True):
            other = self._by_lower.get(candidate.lower())
            if other is not None:
                return f"There is {other}: upper and lower case must agree."
        return "Write that file, or drop the import."

    def _candidates(self, path: str, type_only: bool) -> Iterator[str]:
        extensions = (*EXTENSIONS, *_DECLARATIONS) if type_only else EXTENSIONS
        yield path
        yield "public/" + path
        for extension in extensions:
            yield path + extension
        stem, written = posixpath.splitext(path)
        for extension in _WRITTEN_AS.get(written, ()):
            yield stem + extension
        for extension in extensions:
            yield posixpath.normpath(path + "/index" + extension)


def aliases(files: Mapping[str, str]) -> dict[str, str]:
    """Aliases that the configuration declares in literal form, the longest first.

    Read are Vite's that start with ``@``, ``~`` or ``#``, and TypeScript's ``paths`` that end in ``/*``.
    """
    found: dict[str, str] = {}
    for name in _TYPE_CONFIGS:
        found |= _from_paths(files.get(name, ""))
    for name in _CONFIGS:
        found |= _from_config(files.get(name, ""))
    return dict(sorted(found.items(), key=lambda item: -len(item[0]))[:_MAX_ALIASES])


def compiler_options(files: Mapping[str, str]) -> dict[str, Any]:
    """What the site's own TypeScript configurations say, ``extends`` and references left out: data, not obeyed."""
    found: dict[str, Any] = {}
    for name in _TYPE_CONFIGS:
        found |= _compiler_options(files.get(name, ""))
    return found


def _compiler_options(text: str) -> Mapping[str, Any]:
    return _mapping(_mapping(_json_with_comments(text[:_MAX_CONFIG])).get("compilerOptions"))


def _from_config(text: str) -> dict[str, str]:
    return {
        (match["key"] or match["find"]).rstrip("/"): _folder(match["target"])
        for match in _ALIAS.finditer(scan(text[:_MAX_CONFIG]).uncommented)
    }


def _from_paths(text: str) -> dict[str, str]:
    options = _compiler_options(text)
    base = options.get("baseUrl", ".")
    found: dict[str, str] = {}
    for pattern, targets in _mapping(options.get("paths")).items():
        target = targets[0] if isinstance(targets, list) and targets else None
        if isinstance(target, str) and isinstance(base, str) and pattern.endswith("/*") and target.endswith("/*"):
            found[pattern[:-2]] = _folder(posixpath.join(base, target[:-2]))
    return found


def _folder(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") or ".")


def _json_with_comments(text: str) -> Any:
    """A TypeScript configuration; None where it cannot be read."""
    plain = scan(text).uncommented
    try:
        return json.loads(_TRAILING_COMMA.sub("", plain))
    except (ValueError, RecursionError):
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
