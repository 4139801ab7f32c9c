"""A finding quotes candidates: nothing that they wrote makes it impossible."""

from __future__ import annotations

from services.contract import Finding, Severity
from services.contract.finding import MESSAGE_LIMIT


def test_what_no_store_can_hold_is_replaced_and_what_is_too_long_is_cut() -> None:
    finding = Finding(rule="a/b", severity=Severity.ERROR, message="x\0\ud800" + "y" * 5_000, file="f\0.ts")
    assert finding.message.startswith("x\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}y")
    assert len(finding.message) == MESSAGE_LIMIT
    assert finding.file == "f\N{REPLACEMENT CHARACTER}.ts"
