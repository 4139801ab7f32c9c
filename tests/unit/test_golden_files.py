"""The golden rollouts themselves: every folder parses, and says of itself what it must."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.support.golden import ROLLOUTS, Golden, fact, load, load_all

GOLDEN = load_all()
SITES = ("blog", "blog-slots-only", "booking", "canvas-game", "dashboard", "portfolio", "shop", "shop-bolt-fence")
FAILURES = (
    "blank-page",
    "crash-at-start",
    "css-error",
    "endless-loop",
    "iframe-site",
    "invalid-package-json",
    "missing-entry-point",
    "missing-file-import",
    "needs-network",
    "no-artifact",
    "no-such-package",
    "no-such-version",
    "path-traversal",
    "truncated",
    "typescript-syntax-error",
    "undeclared-package",
)
FAULTS = (
    "broken-second-route",
    "changing-face",
    "dead-navigation",
    "error-after-click",
    "late-rejection",
    "one-picture",
    "suppressed-errors-console",
    "suppressed-errors-onerror",
    "suppressed-errors-prevented",
)


def named(name: str) -> Golden:
    return next(golden for golden in GOLDEN if golden.name == name)


@pytest.mark.parametrize("name", SITES)
def test_a_site_is_expected_to_be_judged(name: str) -> None:
    assert named(name).expected.is_site


@pytest.mark.parametrize("name", SITES)
def test_a_site_is_a_real_one(name: str) -> None:
    files = named(name).source_files()
    assert len(files) >= 8
    assert sum(text.count("\n") for text in files.values()) >= 400


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_is_expected_to_fail_with_a_finding(name: str) -> None:
    expected = named(name).expected
    assert not expected.passed
    assert expected.findings
    assert max(high for _, high in expected.reward.values()) < 2.0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_site_that_is_judged_is_a_finding_of_its_render(name: str) -> None:
    expected = named(name).expected
    assert expected.is_site
    assert expected.findings
    assert all(rule.startswith("render/") for rule in expected.findings)


def test_a_name_with_a_dot_leads_into_a_fact() -> None:
    facts = {"functional": True, "interaction": {"dead": 3}}
    assert [fact(facts, name) for name in ("functional", "interaction.dead", "interaction.erring")] == [True, 3, None]
    assert fact(facts, "functional.dead") is None


def test_at_least_fifteen_end_elsewhere() -> None:
    assert sum(not golden.expected.passed for golden in GOLDEN) >= 15


def test_one_site_works_only_in_part() -> None:
    golden = named("console-error-only")
    assert golden.expected.is_site
    assert golden.expected.facts["functional"] is False


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.name)
def test_what_must_be_found_is_not_also_forbidden(golden: Golden) -> None:
    assert golden.instruction
    assert not set(golden.expected.findings) & set(golden.expected.absent_findings)


def test_the_read_me_names_every_folder() -> None:
    text = (ROLLOUTS / "README.md").read_text(encoding="utf-8")
    assert [golden.name for golden in GOLDEN if f"`{golden.name}`" not in text] == []


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('status = "scored"', 'status = "scored"\ncolour = "blue"'),
        ('stage = "judge"', 'stage = "paint"'),
        ("passed = true", "passed = 1"),
        ("webgen-r1 = [2.0, 5.2]", ""),
        ("webgen-r1 = [2.0, 5.2]", "webgen-r1 = [5.2, 2.0]"),
        ("findings = []", 'findings = ["blank"]'),
    ],
)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, written: str, instead: str) -> None:
    for name in ("instruction.txt", "completion.txt", "expected.toml"):
        text = (ROLLOUTS / "booking" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(written, instead, 1), encoding="utf-8")
    assert load(ROLLOUTS / "booking")
    with pytest.raises((ValidationError, tomllib.TOMLDecodeError)):
        load(tmp_path)
