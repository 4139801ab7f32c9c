"""The type checker's configuration: the grader's own, with what is harmless of the site's. Pure.

A candidate's ``tsconfig`` is read as data and never given to the compiler, so ``noCheck``, ``files: []``,
``include: []``, ``exclude``, ``references`` and ``extends`` do nothing.

- Strictness is ours and the same for every site: ``strict``, and no rule of style (unused names and the like). So
  neither loosening nor tightening pays.
- Taken from the site where they name what is there: path aliases (`services.compliance.aliases`, Vite's own among
  them), names below ``baseUrl``, ``jsxImportSource``, ``types`` of installed packages, ``experimentalDecorators``. An
  alias that would stand before an installed package is dropped: it could replace its types.
- Checked is every TypeScript file of the site, wherever it lies, but for configuration at its root and what
  ``public/`` serves. Plain JavaScript is followed, not checked: it counts as lines without types.
- Comments that would silence the compiler are void before it reads them (`services.compliance.neutralise_types`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from services.compliance import SCRIPTS, aliases, code, compiler_options

CONFIG = "tsconfig.json"
"""Where it lies in the site, in place of the site's own."""

_TYPED = (".ts", ".tsx", ".mts", ".cts")
_DECLARATIONS = (".d.ts", ".d.mts", ".d.cts")
_ROOT_CONFIG = re.compile(r"[^/]*\.config\.\w+")
_PACKAGE = re.compile(r"(?:@[\w.-]+/)?\w[\w.-]*")
_TYPES = re.compile(r"(?:@\w[\w.-]*/)?\w[\w.-]*(?:/\w[\w.-]*)+")
_MAX_TYPES = 20
_VITE_TYPES = "vite/client"

_OPTIONS: Mapping[str, Any] = {
    "noEmit": True,
    "strict": True,
    "skipLibCheck": True,
    "target": "esnext",
    "lib": ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
    "module": "esnext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
    "allowImportingTsExtensions": True,
    "resolveJsonModule": True,
    "noUncheckedSideEffectImports": False,
    "allowJs": True,
    "checkJs": False,
    "jsx": "react-jsx",
}


def check_config(files: Mapping[str, str], packages: Collection[str], types: Collection[str]) -> bytes:
    """The configuration for a site's files.

    Args:
        packages: names in the dependency set.
        types: those of `wanted_types` that are there; one that is not would end the check before its beginning.
    """
    theirs = compiler_options(files)
    options = {
        **_OPTIONS,
        **_taken(theirs, packages),
        "types": ["*", *types],
        "paths": _paths(files, theirs, packages),
    }
    listed = [f"./{path}" for path in sorted(files) if _is_checked(path)]
    return json.dumps({"compilerOptions": options, "files": listed}).encode()


def wanted_types(files: Mapping[str, str]) -> list[str]:
    """Files of ambient types inside packages, without ``.d.ts``: Vite's own, and those that the site names.

    Whole ``@types`` packages need not be named: all of the set's are taken.
    """
    named = compiler_options(files).get("types")
    known = [name for name in named if isinstance(name, str)] if isinstance(named, list) else []
    return [_VITE_TYPES, *dict.fromkeys(n for n in known[:_MAX_TYPES] if n != _VITE_TYPES and _TYPES.fullmatch(n))]


def line_counts(files: Mapping[str, str]) -> dict[str, int]:
    """``typed_lines``: lines of code that are checked; ``script_lines``: of all scripts. Blank lines, comments,
    strings alone, and declaration files do not count."""
    counts = {"typed_lines": 0, "script_lines": 0}
    for path, text in files.items():
        if not _is_program(path) or path.lower().endswith(_DECLARATIONS):
            continue
        lines = sum(1 for line in code(text).splitlines() if line.strip())
        counts["script_lines"] += lines
        counts["typed_lines"] += lines if _is_checked(path) else 0
    return counts


def _is_program(path: str) -> bool:
    served = path.startswith("public/") or _ROOT_CONFIG.fullmatch(path) is not None
    return path.lower().endswith(SCRIPTS) and not served


def _is_checked(path: str) -> bool:
    # TypeScript takes a file's kind from its extension as it is written, in lower case alone.
    return _is_program(path) and path.endswith(_TYPED)


def _taken(theirs: Mapping[str, Any], packages: Collection[str]) -> dict[str, Any]:
    taken: dict[str, Any] = {}
    source = theirs.get("jsxImportSource")
    if isinstance(source, str) and source in packages and _PACKAGE.fullmatch(source):
        taken["jsxImportSource"] = source
    if theirs.get("experimentalDecorators") is True:
        taken["experimentalDecorators"] = True
    return taken


def _paths(files: Mapping[str, str], theirs: Mapping[str, Any], packages: Collection[str]) -> dict[str, list[str]]:
    found = {**_below_base(files, theirs), **{f"{alias}/*": f"{target}/*" for alias, target in aliases(files).items()}}
    return {
        pattern: [f"./{target}"]
        for pattern, target in found.items()
        if not target.startswith("..") and not _hides_package(pattern, packages)
    }


def _below_base(files: Mapping[str, str], theirs: Mapping[str, Any]) -> dict[str, str]:
    """What ``baseUrl`` makes importable by name: the folders and files right below it."""
    base = theirs.get("baseUrl")
    if not isinstance(base, str):
        return {}
    prefix = "/".join(part for part in base.split("/") if part not in ("", "."))
    start = f"{prefix}/" if prefix else ""
    found: dict[str, str] = {}
    for path in files:
        if path.startswith(start):
            name, below, _ = path.removeprefix(start).partition("/")
            stem = name if below else name.rpartition(".")[0]
            found |= {f"{name}/*": f"{start}{name}/*"} if below else {stem: f"{start}{stem}"} if stem else {}
    return found


def _hides_package(pattern: str, packages: Collection[str]) -> bool:
    """Whether a pattern matches a package's name or a path inside it."""
    prefix = pattern.removesuffix("*")
    if not prefix:
        return True
    if prefix == pattern:
        return any(prefix == name or prefix.startswith(f"{name}/") for name in packages)
    return any(name.startswith(prefix) or prefix.startswith(f"{name}/") for name in packages)
