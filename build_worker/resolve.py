"""The resolve stage: declared dependencies -> dependency set. The only stage here that reaches out."""

from __future__ import annotations

from build_worker.dependencies import ResolvedSet, SetStore, declared
from build_worker.dependencies.classify import TIMEOUT, Failure
from build_worker.dependencies.npm import Npm
from build_worker.node import find_node
from services.contract import Finding, Severity, SiteSource
from services.pipeline.work import StageJob, StageResult, StageWork
from services.settings import ResolveSettings
from services.stages import Stage

_PATH = "package.json"


def make_resolve(settings: ResolveSettings) -> StageWork:
    """The resolve stage's work.

    Raises:
        ToolchainError: Node or npm is missing on this machine.
    """
    node = find_node(settings.tools)
    store = SetStore(settings.tools.sets, node)
    npm = Npm(node, settings.registry)

    def work(job: StageJob) -> StageResult:
        site = SiteSource.from_bytes(job.read(Stage.LINT, "source.json"))
        dependencies = declared(site.files.get(_PATH))
        if isinstance(dependencies, tuple):
            return StageResult(passed=False, findings=dependencies)
        resolved, was_there = store.resolve(dependencies, npm)
        return _failed(resolved) if isinstance(resolved, Failure) else _resolved(resolved, was_there=was_there)

    return work


def _resolved(found: ResolvedSet, *, was_there: bool) -> StageResult:
    text = "Peer dependencies do not fit together; they were installed all the same."
    conflict = Finding(rule="resolve/peer-conflict", severity=Severity.WARNING, message=text, file=_PATH)
    facts = {
        "dependency_set": found.key,
        "packages": found.packages,
        "seconds_install": found.seconds,
        "set_was_there": was_there,
    }
    return StageResult(passed=True, findings=(conflict,) if found.peer_conflict else (), facts=facts)


def _failed(failure: Failure) -> StageResult:
    """The candidate's failure. One at the wall limit may be our load: it is tried once more alone."""
    finding = Finding(rule=failure.rule, severity=Severity.ERROR, message=failure.message, file=_PATH)
    is_timeout = failure.code == TIMEOUT
    limit = "wall" if is_timeout else None
    facts = {"npm_error": failure.code[:60]}
    return StageResult(passed=False, findings=(finding,), facts=facts, limit_hit=limit, contended=is_timeout)
