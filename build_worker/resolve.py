"""The resolve stage: declared dependencies -> dependency set. The only stage here that reaches out."""

from __future__ import annotations

from contextlib import suppress

from build_worker.dependencies import SET_ARCHIVE, ResolvedSet, SetStore, declared, make_npm, make_sets
from build_worker.dependencies.classify import TIMEOUT, Failure
from services.contract import Artifact, Finding, Severity, SiteSource
from services.pipeline.work import StageJob, StageResult, StageWork
from services.settings import ResolveSettings
from services.stages import Stage

_PATH = "package.json"
_ARCHIVED = "archived.json"
"""Beside a set: the blob that its archive is kept as."""


def make_resolve(settings: ResolveSettings) -> StageWork:
    """The resolve stage's work.

    Raises:
        ToolchainError: Node or npm is missing on this machine.
    """
    store, npm = make_sets(settings.tools), make_npm(settings)
    store.tell()

    def work(job: StageJob) -> StageResult:
        site = SiteSource.from_bytes(job.read(Stage.LINT, "source.json"))
        dependencies = declared(site.files.get(_PATH))
        if isinstance(dependencies, tuple):
            return StageResult(passed=False, findings=dependencies)
        resolved, was_there = store.resolve(dependencies, npm)
        if isinstance(resolved, Failure):
            return _failed(resolved)
        artifacts = {SET_ARCHIVE: _archive(job, store, resolved.key)} if settings.share_sets else {}
        return _resolved(resolved, artifacts, was_there=was_there)

    return work


def _archive(job: StageJob, store: SetStore, key: str) -> Artifact:
    """The set's archive as an artifact; packed once.

    Raises:
        DependencySetMissing: the set is damaged.
    """
    with store.use(key) as folder:
        with suppress(OSError, ValueError):
            known = Artifact.model_validate_json((folder / _ARCHIVED).read_bytes())
            if job.blobs.renew(known.blob):
                return known
        artifact = job.keep(store.pack(key), "application/gzip")
        with suppress(OSError):
            (folder / _ARCHIVED).write_text(artifact.model_dump_json())
        return artifact


def _resolved(found: ResolvedSet, artifacts: dict[str, Artifact], *, was_there: bool) -> StageResult:
    text = "Peer dependencies do not fit together; they were installed all the same."
    conflict = Finding(rule="resolve/peer-conflict", severity=Severity.WARNING, message=text, file=_PATH)
    facts = {
        "dependency_set": found.key,
        "packages": found.packages,
        "seconds_install": found.seconds,
        "set_was_there": was_there,
        "resolved_before": found.resolved_before,
    }
    findings = (conflict,) if found.peer_conflict else ()
    return StageResult(passed=True, findings=findings, facts=facts, artifacts=artifacts)


def _failed(failure: Failure) -> StageResult:
    """The candidate's failure. One at the wall limit may be our load: it is tried once more alone."""
    finding = Finding(rule=failure.rule, severity=Severity.ERROR, message=failure.message, file=_PATH)
    is_timeout = failure.code == TIMEOUT
    limit = "wall" if is_timeout else None
    facts = {"npm_error": failure.code[:60]}
    return StageResult(passed=False, findings=(finding,), facts=facts, limit_hit=limit, contended=is_timeout)
