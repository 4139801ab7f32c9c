"""Rules on components and imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.artifact import shown
from services.compliance.model import Fault, Subject
from services.compliance.packages import is_builtin, package_of, types_package
from services.compliance.scan import Import

FOLDERS = ("src/pages/", "src/components/")
_DEFAULT = re.compile(r"\bexport\s++default\b|\bas\s++default\b|\bexport\s*+\{\s*+default\b")
_CSS_IMPORT = re.compile(r"@import\s{1,50}(?:url\(\s{0,20})?[\"']?(\.{1,2}/[^\"')\s;]{1,500})")
_STYLES = (".css", ".scss", ".sass", ".less", ".pcss")


def default_export(subject: Subject) -> Iterator[Fault]:
    places = [path for path in subject.scans if _is_component(path) or path == "src/App.tsx"]
    if not places:
        yield Fault("No component: write a .tsx file in src/pages or src/components, or src/App.tsx.")
    elif not any(_exports_default(subject, path) for path in places):
        yield Fault("No component has a default export.", places[0])


def _is_component(path: str) -> bool:
    return path.startswith(FOLDERS) and path.endswith((".tsx", ".jsx"))


def _exports_default(subject: Subject, path: str) -> bool:
    return _DEFAULT.search(subject.scans[path].code) is not None


def default_export_each(subject: Subject) -> Iterator[Fault]:
    """The published rule: there are such files, and each has a default export."""
    places = [path for path in subject.scans if path.startswith(FOLDERS) and path.endswith(".tsx")]
    if not places:
        yield Fault("No .tsx file in src/pages or src/components.")
    for path in places:
        if not _exports_default(subject, path):
            yield Fault("The component file has no default export.", path)


def relative_imports(subject: Subject) -> Iterator[Fault]:
    for path, item in _imports(subject):
        yield from _unresolved(subject, path, item)
    for path, text in subject.files.items():
        if path.lower().endswith(_STYLES) and not path.startswith("public/"):
            yield from _unresolved_styles(subject, path, text)


def _imports(subject: Subject) -> Iterator[tuple[str, Import]]:
    return ((path, item) for path, found in subject.scans.items() for item in found.imports)


def _unresolved(subject: Subject, path: str, item: Import) -> Iterator[Fault]:
    resolver = subject.resolver
    target = resolver.local(item.specifier, path)
    if target is None and item.specifier.startswith(("@/", "~/")):
        message = f"{shown(item.specifier)} uses an alias that vite.config.ts does not declare."
        yield Fault(message, path, item.line)
    elif target is not None and resolver.find(target, item.type_only) is None:
        yield Fault(f"{shown(item.specifier)} resolves to no file. {resolver.hint(target)}", path, item.line)


def _unresolved_styles(subject: Subject, path: str, text: str) -> Iterator[Fault]:
    for match in _CSS_IMPORT.finditer(_without_style_comments(text)):
        yield from _unresolved(subject, path, Import(match[1], 0))


def _without_style_comments(text: str) -> str:
    first, *rest = text.split("/*")
    return first + "".join(part.partition("*/")[2] for part in rest)


def bare_imports(subject: Subject) -> Iterator[Fault]:
    declared = subject.declared
    for path, item in _imports(subject):
        name = package_of(item.specifier)
        if name is None or subject.resolver.local(item.specifier, path) is not None:
            continue
        typed = item.type_only and types_package(name) in declared
        if name not in declared and not is_builtin(item.specifier) and not typed:
            yield Fault(f"The package {shown(name)} is imported and not declared in package.json.", path, item.line)
