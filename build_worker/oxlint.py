"""oxlint over a site, in the sandbox, with the grader's own configuration. All it finds is a note."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from build_worker.lanes import SITE
from build_worker.node import Node
from build_worker.text import plain
from services.contract import Finding, Severity
from services.errors import ToolchainError
from services.sandbox import Limits, Mount, Outcome, Sandbox, SandboxJob

MAX_FINDINGS = 50
_TOOLS = "/opt/toolchain"
_FLAGS = ("--format", "json", "--disable-nested-config", "--no-ignore", "--threads=2")
_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")
_LIMITS = Limits(10.0, 40.0, 512_000_000, 16, 64_000_000, 8_000_000, 0)
_CODE = re.compile(r"(?P<plugin>[a-z0-9-]{1,30})\((?P<rule>[a-z0-9-]{1,60})\)", re.IGNORECASE)
_NOT_STARTED = frozenset({126, 127})


@dataclass(frozen=True, slots=True)
class LintResult:
    """Attributes:
    errors, warnings: how many; None where the linter did not end.
    findings: at most `MAX_FINDINGS`.
    """

    errors: int | None
    warnings: int | None
    findings: tuple[Finding, ...]

    @property
    def facts(self) -> dict[str, int | None]:
        return {"errors": self.errors, "warnings": self.warnings}


def oxlint(sandbox: Sandbox, node: Node, tools: Path, files: Mapping[str, str]) -> LintResult:
    """Lint the scripts among the files. A linter that hostile text crashes is the candidate's note, not our fault.

    Raises:
        SandboxError, ToolchainError: nothing is known of the candidate.
    """
    scripts = {path: text for path, text in files.items() if path.endswith(_SCRIPTS)}
    if not scripts:
        return LintResult(0, 0, ())
    outcome = sandbox.run(_job(node, tools, scripts))
    if outcome.exit_code in _NOT_STARTED and not outcome.limit_hit:
        raise ToolchainError(f"the linter does not start: {plain(outcome.stderr)[-300:]}")
    return read(outcome)


def _job(node: Node, tools: Path, scripts: Mapping[str, str]) -> SandboxJob:
    program = (node.inside, f"{_TOOLS}/node_modules/oxlint/bin/oxlint", "-c", f"{_TOOLS}/oxlint.json")
    return SandboxJob(
        argv=(*program, *_FLAGS, SITE),
        files={f"{SITE}/{path}": text.encode() for path, text in scripts.items()},
        mounts=(Mount(tools, _TOOLS), *node.mounts),
        environment={"PATH": "/usr/bin:/bin", "HOME": "/tmp"},  # noqa: S108  (the sandbox's own)
        limits=_LIMITS,
    )


def read(outcome: Outcome) -> LintResult:
    """What a run of the linter says."""
    diagnostics = _diagnostics(outcome)
    if diagnostics is None:
        reason = f"its limit: {outcome.limit_hit}" if outcome.limit_hit else f"exit code {outcome.exit_code}"
        text = f"The linter could not finish on these files ({reason})."
        return LintResult(None, None, (Finding(rule="lint/linter-failed", severity=Severity.INFO, message=text),))
    errors = sum(item.get("severity") == "error" for item in diagnostics)
    findings = tuple(_finding(item) for item in diagnostics[:MAX_FINDINGS])
    return LintResult(errors, len(diagnostics) - errors, findings)


def _diagnostics(outcome: Outcome) -> list[dict[str, Any]] | None:
    if outcome.limit_hit or outcome.exit_code > 1:
        return None
    try:
        found = json.loads(outcome.stdout)["diagnostics"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else None


def _finding(item: Mapping[str, Any]) -> Finding:
    code = _CODE.fullmatch(str(item.get("code", "")))
    is_error = item.get("severity") == "error"
    return Finding(
        rule=_rule(code),
        severity=Severity.WARNING if is_error or code is None else Severity.INFO,
        message=str(item.get("message", ""))[:400] or "No message.",
        file=str(item.get("filename", "")).removeprefix(f"{SITE}/")[:300] or None,
        line=_line(item),
    )


def _rule(code: re.Match[str] | None) -> str:
    """``lint/<rule>`` for ESLint's own rules, ``lint/<plugin>-<rule>`` for others, ``lint/syntax`` for no rule."""
    if code is None:
        return "lint/syntax"
    prefix = "" if code["plugin"] == "eslint" else f"{code['plugin']}-"
    return f"lint/{prefix}{code['rule']}".lower()[:80]


def _line(item: Mapping[str, Any]) -> int | None:
    try:
        line = item["labels"][0]["span"]["line"]
    except (KeyError, IndexError, TypeError):
        return None
    return line if isinstance(line, int) and line > 0 else None
