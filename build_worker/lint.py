"""The lint stage: completion -> site source, static rules, linter."""

from __future__ import annotations

import hashlib
from typing import Any

from build_worker.dependencies import DeclaredDependencies, declared
from build_worker.node import find_node
from build_worker.oxlint import oxlint
from build_worker.toolchain import toolchain_path
from services.artifact import overlay, parse
from services.compliance import check, neutralise, suppressions
from services.contract import SiteSource
from services.pipeline.work import StageJob, StageResult, StageWork
from services.sandbox import make_sandbox
from services.settings import BuildSettings


def make_lint(settings: BuildSettings) -> StageWork:
    """The lint stage's work. It passes where there is a site source; the profile's gates decide elsewhere.

    Raises:
        ToolchainError: Node or the toolchain is missing on this machine.
    """
    node, tools = find_node(settings.tools), toolchain_path(settings.tools)
    sandbox = make_sandbox(settings.sandbox)

    def work(job: StageJob) -> StageResult:
        parsed = parse(job.completion, job.truncated)
        site = overlay(parsed)
        static = check(parsed, site)
        facts = {"static": static.results, **_facts(site)}
        findings = (*parsed.findings, *static.findings)
        if not site.files:
            return StageResult(passed=False, findings=findings, facts=facts)
        neutral, _ = neutralise(site.files)
        linted = oxlint(sandbox, node, tools, neutral)
        facts |= {"suppressions": suppressions(site.files), "oxlint": linted.facts}
        source = job.keep(site.to_bytes(), "application/json")
        return StageResult(
            passed=True, findings=(*findings, *linted.findings), facts=facts, artifacts={"source.json": source}
        )

    return work


def _facts(site: SiteSource) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "files": len(site.files),
        "bytes": sum(len(text.encode()) for text in site.files.values()),
        "slots_only": site.slots_only,
    }
    if site.files:
        facts["source_hash"] = site.hash
    dependencies = declared(site.files.get("package.json"))
    if isinstance(dependencies, DeclaredDependencies):
        facts["declared_hash"] = hashlib.sha256(dependencies.manifest()).hexdigest()
    return facts
