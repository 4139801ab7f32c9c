"""A rule, what it looks at, and what all rules together found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from services.artifact import ParsedCompletion
from services.compliance.resolve import Resolver
from services.compliance.scan import Scan, scan
from services.contract import Finding, Severity, SiteSource

SCRIPTS = (".ts", ".tsx", ".js", ".jsx", ".mts", ".mjs", ".cts", ".cjs")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a rule fails, at one place."""

    message: str
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True)
class Subject:
    """One completion and its site source, with what several rules read from it."""

    parsed: ParsedCompletion
    site: SiteSource

    @property
    def files(self) -> Mapping[str, str]:
        return self.site.files

    @cached_property
    def scans(self) -> dict[str, Scan]:
        """Script path -> its scan. What lies in ``public/`` is served as it is and not part of the program."""
        return {
            path: scan(text)
            for path, text in self.files.items()
            if path.lower().endswith(SCRIPTS) and not path.startswith("public/")
        }

    @cached_property
    def resolver(self) -> Resolver:
        return Resolver(self.files)

    @cached_property
    def package(self) -> dict[str, Any] | Fault:
        """``package.json`` as an object, or why it is none."""
        text = self.files.get("package.json")
        if text is None:
            return Fault("package.json is missing.")
        try:
            value = json.loads(text)
        except json.JSONDecodeError as error:
            return Fault(f"package.json is not valid JSON: {error.msg}.", "package.json", error.lineno)
        except (ValueError, RecursionError):
            return Fault("package.json is not valid JSON: nested too deep or a number too long.", "package.json")
        return value if isinstance(value, dict) else Fault("package.json is not a JSON object.", "package.json", 1)

    def package_map(self, key: str) -> Mapping[str, Any]:
        """A mapping of ``package.json``; empty where it is missing or of another kind."""
        value = self.package.get(key) if isinstance(self.package, dict) else None
        return value if isinstance(value, dict) else {}

    @cached_property
    def declared(self) -> frozenset[str]:
        """Packages in dependencies and devDependencies."""
        return frozenset((*self.package_map("dependencies"), *self.package_map("devDependencies")))


@dataclass(frozen=True, slots=True)
class Rule:
    """One static rule: passes where `faults` yields nothing.

    Attributes:
        id: stable, ``static/…`` or ``published/…``; profiles name rules by it.
        summary: what must hold, in one sentence.
        needs_site: there is nothing to look at without a site source; the rule then fails without findings.
        severity: of its findings.
    """

    id: str
    summary: str
    faults: Callable[[Subject], Iterator[Fault]]
    needs_site: bool = True
    severity: Severity = Severity.ERROR


@dataclass(frozen=True, slots=True)
class StaticResult:
    """What the static rules found.

    Attributes:
        results: rule id -> passed; every rule of the registry.
        findings: what the rules that failed have to say, capped for each rule.
    """

    results: dict[str, bool]
    findings: tuple[Finding, ...]
