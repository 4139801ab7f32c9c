"""The registry of static rules, and the one function that runs them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType

from services.artifact import ParsedCompletion
from services.compliance import code_rules, completion_rules, manifest_rules, published_rules
from services.compliance.model import Fault, Rule, StaticResult, Subject
from services.contract import Finding, Severity, SiteSource

RULES_VERSION = "3"
"""Changes whenever a rule judges, or a fact counts, any completion otherwise."""

MAX_FINDINGS = 20
"""Findings of one rule in one result; a further one says how many more."""

_ALL = (
    Rule("static/site-source", "a file could be taken", completion_rules.site_source),
    Rule("static/artifact-attributes", "the artifact has id and title", completion_rules.artifact_attributes),
    Rule("static/think-answer", "<think>…</think><answer>…</answer>", completion_rules.think_answer, needs_site=False),
    Rule("static/think-content", "the thinking has content", completion_rules.think_content, needs_site=False),
    Rule("static/package-json", "package.json is valid, with its required keys", manifest_rules.package_json),
    Rule("static/scripts", "scripts dev, build and preview", manifest_rules.scripts),
    Rule("static/core-dependencies", "react, react-dom and vite are declared", manifest_rules.core_dependencies),
    Rule("static/vite-config", "vite.config.ts exists", manifest_rules.vite_config),
    Rule("static/entry-point", "index.html loads a module of the site", manifest_rules.entry_point),
    Rule("static/default-export", "a page, component or App has a default export", code_rules.default_export),
    Rule("static/default-export-each", "every page and component has a default export", code_rules.default_export_each),
    Rule("static/install-action", "a shell action runs npm install", completion_rules.install_action),
    Rule("static/start-action", "a start action runs the dev server", completion_rules.start_action),
    Rule("static/safe-paths", "no path is unsafe", completion_rules.safe_paths),
    Rule("static/relative-imports", "every local import resolves to a file", code_rules.relative_imports),
    Rule("static/bare-imports", "every imported package is declared", code_rules.bare_imports),
    Rule("static/size-limits", "nothing exceeds a limit", completion_rules.size_limits),
)

_PUBLISHED = (
    Rule("published/think-answer", "the tags on lines of their own", published_rules.think_answer, needs_site=False),
    Rule("published/vite-config", "a file is called vite.config.ts", published_rules.vite_config),
    Rule("published/default-exports", "each page and component says export default", published_rules.default_exports),
    Rule("published/install-action", "a shell action says npm install", published_rules.install_action),
    Rule("published/start-action", "a start action says npm run dev or start", published_rules.start_action),
)
"""For profiles that name them; they say nothing on whether a site is sound, so their findings are information."""

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.id: rule for rule in (*_ALL, *(replace(rule, severity=Severity.INFO) for rule in _PUBLISHED))}
)


def check(parsed: ParsedCompletion, site: SiteSource) -> StaticResult:
    """Judge one completion by every rule.

    Without a site source every rule that needs one fails, and one finding, static/site-source, says why; the rules
    on the format of the completion are judged as ever.
    """
    subject = Subject(parsed, site)
    results: dict[str, bool] = {}
    findings: list[Finding] = []
    for rule in RULES.values():
        if rule.needs_site and not parsed.files and rule.id != "static/site-source":
            results[rule.id] = False
            continue
        faults = list(rule.faults(subject))
        results[rule.id] = not faults
        findings += _findings(rule, faults)
    return StaticResult(results, tuple(findings))


def _findings(rule: Rule, faults: list[Fault]) -> list[Finding]:
    shown = [_finding(rule, fault) for fault in islice(faults, MAX_FINDINGS)]
    if len(faults) > MAX_FINDINGS:
        shown.append(_finding(rule, Fault(f"{len(faults) - MAX_FINDINGS} more of the same.")))
    return shown


def _finding(rule: Rule, fault: Fault) -> Finding:
    line = fault.line or None
    return Finding(rule=rule.id, severity=rule.severity, message=fault.message, file=fault.file, line=line)
