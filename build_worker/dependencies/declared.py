"""What a site declares, read from its ``package.json`` as data. Pure.

Only packages of the registry are taken: versions, ranges, tags, and aliases of these. ``overrides``,
``resolutions``, ``workspaces``, scripts and every other key are not read: npm sees a ``package.json`` of ours.
Ranges are spelled in one way where npm certainly takes them for equal (`build_worker.dependencies.ranges`).
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
from dataclasses import dataclass

from build_worker.dependencies.ranges import normalised
from build_worker.node import Node
from services.contract import Finding, Severity

MAX_DECLARED = 200
_KINDS = ("peerDependencies", "dependencies", "devDependencies")
"""In npm's order: a later kind wins over an earlier one."""

_NAME = re.compile(r"(?:@[a-z0-9~-][a-z0-9._~-]*/)?[a-z0-9~-][a-z0-9._~-]*", re.IGNORECASE)
_NAME_LENGTH = 214
_VERSION = re.compile(r"(?!\.)[A-Za-z0-9.*^~<>=|+_ -]{0,200}")
_ALIAS = re.compile(r"npm:(?P<name>(?:@[^/@]+/)?[^/@]+)(?:@(?P<version>.*))?")
_RESERVED = frozenset({"node_modules", "favicon.ico"})
_PATH = "package.json"


@dataclass(frozen=True, slots=True)
class DeclaredDependencies:
    """Package name -> version, range, tag or alias; sorted by name."""

    packages: tuple[tuple[str, str], ...]

    def only(self, name: str | None) -> DeclaredDependencies | None:
        """The one package of that name, where it is declared and not alone."""
        found = tuple(item for item in self.packages if item[0] == name)
        return DeclaredDependencies(found) if found and len(self.packages) > 1 else None

    def manifest(self) -> bytes:
        """The ``package.json`` that npm is given."""
        body = {"name": "site", "version": "0.0.0", "private": True, "dependencies": dict(self.packages)}
        return json.dumps(body, indent=1, sort_keys=True).encode()


def declared(package_json: str | None) -> DeclaredDependencies | tuple[Finding, ...]:
    """The declared dependencies, or what is wrong with them: the candidate's fault."""
    try:
        body = json.loads(package_json or "")
    except (ValueError, RecursionError):
        return (_finding("resolve/invalid-package-json", "package.json is missing or is not valid JSON."),)
    if not isinstance(body, dict):
        return (_finding("resolve/invalid-package-json", "package.json is not a JSON object."),)
    merged, findings = _merge(body)
    findings += [problem for name, spec in merged.items() if (problem := _problem(name, spec))]
    if len(merged) > MAX_DECLARED:
        text = f"{len(merged)} dependencies are declared; the limit is {MAX_DECLARED}."
        findings.append(_finding("resolve/too-many", text))
    if findings:
        return tuple(findings[:20])
    return DeclaredDependencies(tuple(sorted((name, normalised(str(spec))) for name, spec in merged.items())))


def set_key(dependencies: DeclaredDependencies, node: Node, before: str) -> str:
    """Name of the set: equal declarations are resolved once for one resolution date and equal tools.

    Packages bring programs for one system, processor and C library, so these are part of it.
    """
    machine = [platform.system(), platform.machine(), platform.libc_ver()[0]]
    words = [list(dependencies.packages), before, node.npm_version, node.version, *machine]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()


def _merge(body: dict[str, object]) -> tuple[dict[str, object], list[Finding]]:
    merged: dict[str, object] = {}
    findings = []
    for kind in _KINDS:
        packages = body.get(kind)
        if isinstance(packages, dict):
            merged.update(packages)
        elif packages is not None:
            findings.append(_finding("resolve/invalid-package-json", f"{kind} is not an object of name and version."))
    return merged, findings


def _problem(name: str, spec: object) -> Finding | None:
    shown = f"{name[:100]}@{spec!s:.100}"
    if not _is_name(name):
        return _finding("resolve/invalid-name", f"{name[:100]!r} is not a package name.")
    if not isinstance(spec, str):
        return _finding("resolve/invalid-version", f"The version of {name} is not a string.")
    alias = _ALIAS.fullmatch(spec.strip())
    if alias and _is_name(alias["name"]):
        spec = alias["version"] or ""
    if not _VERSION.fullmatch(spec.strip()):
        text = f"{shown} is not a version of a registry package; git, URL and file dependencies are refused."
        return _finding("resolve/refused-dependency", text)
    return None


def _is_name(name: str) -> bool:
    return len(name) <= _NAME_LENGTH and bool(_NAME.fullmatch(name)) and name.lower() not in _RESERVED


def _finding(rule: str, message: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, message=message, file=_PATH)
