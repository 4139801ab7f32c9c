"""TypeScript's native compiler over a site, in the sandbox, with a configuration of the grader's own.

What is checked, and what of the site's own configuration counts: `build_worker.typeconfig`. A compiler that did not
get through the types, for a limit, a crash or a file that does not parse, has not counted them: ``type_errors`` is
then absent, and neither a gate is passed nor a component earned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from build_worker.lanes import SITE
from build_worker.text import plain
from build_worker.typeconfig import CONFIG, check_config, line_counts, wanted_types
from services.compliance import neutralise_types
from services.contract import Finding, Severity, SiteSource
from services.errors import ToolchainError
from services.sandbox import Limits, Mount, Outcome, Sandbox, SandboxJob

TYPES_VERSION = "types-1"
"""Changes whenever any site's types are counted otherwise."""

MAX_FINDINGS = 20
_COMPILER = "/opt/typescript"
BINARY = "lib/tsc"
_LIMITS = Limits(20.0, 80.0, 1_500_000_000, 32, 64_000_000, 4_000_000, 0)
_ERROR = re.compile(
    r"^(?:(?P<file>[^\n(]{1,300})\((?P<line>\d{1,7}),\d{1,7}\): )?error (?P<code>TS\d+): (?P<text>.+)$", re.M
)
_CHECKED = re.compile(r"^Check time: ", re.M)
"""Among the compiler's statistics if and only if it came as far as types."""

_MAX_EXIT = 2
_NOT_STARTED = (126, 127)


@dataclass(frozen=True, slots=True)
class TypeCheck:
    """Attributes:
    facts: ``type_errors`` (absent where the check did not end), ``typed_lines``, ``script_lines``.
    findings: at most `MAX_FINDINGS` errors, and a note where the check did not end.
    """

    facts: dict[str, int]
    findings: tuple[Finding, ...] = field(default=())
    contended: bool = False


def typecheck(sandbox: Sandbox, tools: Path, site: SiteSource, modules: Path) -> TypeCheck:
    """Check a site against its dependency set.

    Raises:
        SandboxError, ToolchainError: nothing is known of the candidate.
    """
    lines = line_counts(site.files)
    outcome = sandbox.run(_job(compiler(tools), site, modules))
    if outcome.exit_code in _NOT_STARTED and not outcome.limit_hit:
        raise ToolchainError(f"the type checker does not start: {plain(outcome.stderr)[-300:]}")
    return _read(outcome, lines)


def compiler(tools: Path) -> Path:
    """Folder of the compiler's package for this machine: its program and its library of types.

    Raises:
        ToolchainError: the toolchain holds none.
    """
    found = sorted((tools / "node_modules/@typescript").glob(f"typescript-*/{BINARY}"))
    if not found:
        raise ToolchainError(f"the toolchain {tools} has no type checker for this machine")
    return found[0].parent.parent


def _job(package: Path, site: SiteSource, modules: Path) -> SandboxJob:
    files = {f"{SITE}/{path}": text.encode() for path, text in neutralise_types(site.files).items()}
    return SandboxJob(
        argv=(f"{_COMPILER}/{BINARY}", "-p", f"{SITE}/{CONFIG}", "--pretty", "false", "--diagnostics"),
        files={**files, f"{SITE}/{CONFIG}": _config(site, modules)},
        mounts=(Mount(modules, f"/job/{SITE}/node_modules"), Mount(package, _COMPILER)),
        environment={"PATH": "/usr/bin:/bin", "HOME": "/tmp"},  # noqa: S108  (the sandbox's own)
        limits=_LIMITS,
    )


def _config(site: SiteSource, modules: Path) -> bytes:
    types = [name for name in wanted_types(site.files) if (modules / f"{name}.d.ts").is_file()]
    return check_config(site.files, installed(modules), types)


def installed(modules: Path) -> frozenset[str]:
    """Names of the packages at the top of a ``node_modules`` folder."""
    plain_names = {path.name for path in modules.iterdir() if not path.name.startswith(("@", "."))}
    return frozenset(plain_names | {f"{path.parent.name}/{path.name}" for path in modules.glob("@*/*")})


def _read(outcome: Outcome, lines: dict[str, int]) -> TypeCheck:
    output = plain(outcome.stdout)
    matches = list(_ERROR.finditer(output))
    findings = tuple(map(_finding, matches[:MAX_FINDINGS]))
    if outcome.limit_hit or outcome.exit_code > _MAX_EXIT or not _CHECKED.search(output):
        return TypeCheck(lines, (*findings, _unfinished(outcome, bool(matches))), outcome.contended)
    return TypeCheck({"type_errors": len(matches), **lines}, findings)


def _unfinished(outcome: Outcome, has_errors: bool) -> Finding:
    ended = outcome.limit_hit or ("errors that come before types" if has_errors else "a crash")
    text = f"The type check ended at {ended}, so type errors were not counted."
    return Finding(rule="build/typecheck", severity=Severity.INFO, message=text)


def _finding(match: re.Match[str]) -> Finding:
    file = match["file"].removeprefix(f"{SITE}/") if match["file"] else None
    line = int(match["line"]) if match["line"] else None
    message = f"{match['code']}: {match['text'][:400]}"
    return Finding(rule="build/type-error", severity=Severity.WARNING, message=message, file=file, line=line)
