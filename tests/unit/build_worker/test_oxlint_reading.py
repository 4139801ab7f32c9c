"""What a run of the linter says, whatever a hostile file made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from build_worker.oxlint import MAX_FINDINGS, LintResult, read
from services.contract import Severity
from services.sandbox import Outcome
from services.sandbox.protocol import LimitName


def run(stdout: bytes, *, exit_code: int = 0, limit_hit: LimitName | None = None) -> LintResult:
    return read(Outcome(exit_code, limit_hit, "sampled", stdout, b"", {}, (), 0.1, 0.1, 0))


def report(*diagnostics: Any) -> bytes:
    return json.dumps({"diagnostics": list(diagnostics)}).encode()


HOOK = {
    "message": "React Hook is called conditionally.",
    "code": "react-hooks(rules-of-hooks)",
    "severity": "warning",
    "filename": "site/src/a.tsx",
    "labels": [{"span": {"offset": 1, "length": 2, "line": 7, "column": 3}}],
}
SYNTAX = {"message": "Unexpected token", "severity": "error", "filename": "site/src/b.ts", "labels": []}


def test_a_rule_becomes_a_note_with_its_place() -> None:
    result = run(report(HOOK))
    finding = result.findings[0]
    assert (finding.rule, finding.severity) == ("lint/react-hooks-rules-of-hooks", Severity.INFO)
    assert (finding.file, finding.line) == ("src/a.tsx", 7)
    assert result.facts == {"errors": 0, "warnings": 1}


def test_eslint_rules_keep_their_name() -> None:
    assert run(report({**HOOK, "code": "eslint(no-debugger)"})).findings[0].rule == "lint/no-debugger"


def test_what_cannot_be_parsed_is_a_warning() -> None:
    result = run(report(SYNTAX), exit_code=1)
    assert (result.findings[0].rule, result.findings[0].severity) == ("lint/syntax", Severity.WARNING)
    assert result.facts == {"errors": 1, "warnings": 0}


def test_findings_are_bounded_and_all_are_counted() -> None:
    result = run(report(*[HOOK] * 500))
    assert (len(result.findings), result.warnings) == (MAX_FINDINGS, 500)


@pytest.mark.parametrize(
    ("stdout", "exit_code", "limit_hit"),
    [
        (b"", 0, None),
        (b"not json", 1, None),
        (b"[" * 100_000, 0, None),
        (b"[]", 0, None),
        (b'{"diagnostics": 3}', 0, None),
        (report(HOOK), 139, None),
        (report(HOOK)[:20], 137, "output"),
        (b"", 137, "memory"),
    ],
)
def test_a_linter_that_did_not_finish_is_a_note(stdout: bytes, exit_code: int, limit_hit: LimitName | None) -> None:
    result = run(stdout, exit_code=exit_code, limit_hit=limit_hit)
    assert [finding.rule for finding in result.findings] == ["lint/linter-failed"]
    assert result.facts == {"errors": None, "warnings": None}


@pytest.mark.parametrize(
    "item",
    [{}, {"labels": None}, {"labels": [{}], "code": 3}, {"message": "x" * 9_000, "code": "a" * 900, "filename": None}],
)
def test_odd_diagnostics_are_taken_as_they_are(item: dict[str, Any]) -> None:
    assert len(run(report(item)).findings) == 1
