"""``tsc`` over a site, in the sandbox, with the grader's own TypeScript."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from build_worker.lanes import SITE
from build_worker.node import Node
from build_worker.text import plain
from services.contract import Finding, Severity, SiteSource
from services.errors import ToolchainError
from services.sandbox import Limits, Mount, Outcome, Sandbox, SandboxJob

MAX_FINDINGS = 20
_TOOLS = "/opt/toolchain"
_PROJECTS = ("tsconfig.app.json", "tsconfig.json")
_LIMITS = Limits(20.0, 80.0, 1_500_000_000, 32, 64_000_000, 1_000_000, 0)
_ERROR = re.compile(
    r"^(?:(?P<file>[^\n(]{1,300})\((?P<line>\d{1,7}),\d{1,7}\): )?error (?P<code>TS\d+): (?P<text>.+)$", re.M
)


@dataclass(frozen=True, slots=True)
class TypeCheck:
    """Attributes:
    errors: type errors; None where the check did not end.
    """

    errors: int | None
    findings: tuple[Finding, ...]
    contended: bool = False


def typecheck(sandbox: Sandbox, node: Node, tools: Path, site: SiteSource, modules: Path) -> TypeCheck:
    """Check a site against its dependency set.

    Raises:
        SandboxError, ToolchainError: nothing is known of the candidate.
    """
    project = next((name for name in _PROJECTS if name in site.files), None)
    if project is None:
        return TypeCheck(None, (_note("There is no tsconfig.json, so types were not checked."),))
    outcome = sandbox.run(_job(node, tools, site, modules, project))
    if outcome.exit_code in (126, 127):
        raise ToolchainError(f"tsc does not start: {plain(outcome.stderr)[-300:]}")
    return _read(outcome)


def _job(node: Node, tools: Path, site: SiteSource, modules: Path, project: str) -> SandboxJob:
    flags = (
        "-p",
        f"{SITE}/{project}",
        "--noEmit",
        "--pretty",
        "false",
        "--incremental",
        "false",
        "--composite",
        "false",
    )
    return SandboxJob(
        argv=(node.inside, f"{_TOOLS}/node_modules/typescript/bin/tsc", *flags),
        files={f"{SITE}/{path}": text.encode() for path, text in site.files.items()},
        mounts=(Mount(modules, f"/job/{SITE}/node_modules"), Mount(tools, _TOOLS), *node.mounts),
        environment={"PATH": "/usr/bin:/bin", "HOME": "/tmp"},  # noqa: S108  (the sandbox's own)
        limits=_LIMITS,
    )


def _read(outcome: Outcome) -> TypeCheck:
    if outcome.limit_hit or outcome.exit_code > 2:
        ended = _note(f"The type check ended at {outcome.limit_hit or 'a crash'}.")
        return TypeCheck(None, (ended,), outcome.contended)
    matches = list(_ERROR.finditer(plain(outcome.stdout)))
    return TypeCheck(len(matches), tuple(_finding(match) for match in matches[:MAX_FINDINGS]))


def _finding(match: re.Match[str]) -> Finding:
    file = match["file"].removeprefix(f"{SITE}/") if match["file"] else None
    line = int(match["line"]) if match["line"] else None
    message = f"{match['code']}: {match['text'][:400]}"
    return Finding(rule="build/type-error", severity=Severity.WARNING, message=message, file=file, line=line)


def _note(message: str) -> Finding:
    return Finding(rule="build/typecheck", severity=Severity.INFO, message=message)
