"""Whose fault a failed npm run is, held by captured outputs of real runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_worker.dependencies.classify import TIMEOUT, Fault, classify

OUTPUTS = Path(__file__).parent / "npm_output"

CANDIDATE = {
    "e404": "resolve/no-such-package",
    "etarget": "resolve/no-such-version",
    "etag": "resolve/no-such-version",
    "etargetbefore": "resolve/no-such-version",
    "etargetrange": "resolve/no-such-version",
    "enoversions": "resolve/no-such-version",
    "ebadengine": "resolve/wrong-engine",
    "einvalidtag": "resolve/no-such-version",
    "einvalidname": "resolve/invalid-name",
    "eunsupported": "resolve/refused-dependency",
    "eresolve": "resolve/peer-conflict",
    "ebadplatform": "resolve/wrong-platform",
    "eallowgit": "resolve/refused-dependency",
    "eallowremote": "resolve/refused-dependency",
    "eallowfile": "resolve/refused-dependency",
    "eallowdirectory": "resolve/refused-dependency",
}
OURS = (
    "econnrefused",
    "enotfound",
    "econnreset",
    "etimedout",
    "e500",
    "e503",
    "e429",
    "e401",
    "eintegrity",
    "enospc",
    "zdataerror",
)
UNCLEAR = ("e403", "e404tarball")


def output(name: str) -> str:
    return (OUTPUTS / f"{name}.json").read_text()


def test_every_captured_output_is_held() -> None:
    assert {path.stem for path in OUTPUTS.glob("*.json")} == {*CANDIDATE, *OURS, *UNCLEAR}


@pytest.mark.parametrize("name", sorted(CANDIDATE))
def test_what_the_candidate_asked_for_is_its_fault(name: str) -> None:
    failure = classify(output(name))
    assert (failure.fault, failure.rule) == (Fault.CANDIDATE, CANDIDATE[name])


@pytest.mark.parametrize("name", OURS)
def test_an_unreachable_or_broken_registry_is_ours(name: str) -> None:
    assert classify(output(name)).fault is Fault.OURS


@pytest.mark.parametrize("name", UNCLEAR)
def test_a_refusal_is_settled_by_a_control_package(name: str) -> None:
    assert classify(output(name)).fault is Fault.UNCLEAR


@pytest.mark.parametrize("code", ["EAI_AGAIN", "ETIMEDOUT", "EDQUOT", "E502", "E504", "Z_BUF_ERROR", "TAR_BAD_ARCHIVE"])
def test_codes_of_broken_machinery_are_ours(code: str) -> None:
    assert classify(f'{{"error": {{"code": "{code}", "summary": "", "detail": ""}}}}').fault is Fault.OURS


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '{"error": 3}', '{"error": {"code": "EWEIRD"}}', '{"error": {}}']
)
def test_what_nobody_knows_is_unclear(text: str) -> None:
    failure = classify(text)
    assert (failure.fault, failure.rule) == (Fault.UNCLEAR, "resolve/failed")
    assert failure.message


@pytest.mark.parametrize("name", ["etargetbefore", "etargetrange", "enoversions", "etarget"])
def test_a_missing_version_names_the_date_that_hides_later_ones(name: str) -> None:
    assert "before 2026-11-20" in classify(output(name), before="2026-11-20").message
    assert "before" not in classify(output(name)).message


def test_a_missing_version_is_told_with_its_whole_range() -> None:
    message = classify(output("etargetrange"), before="2026-11-20").message
    assert message == "No version of left published before 2026-11-20 fits >=2.0.0 <3 || ^5."


def test_a_run_that_was_ended_is_unclear() -> None:
    failure = classify("", timed_out=True)
    assert (failure.code, failure.fault) == (TIMEOUT, Fault.UNCLEAR)


@pytest.mark.parametrize("name", [*CANDIDATE, *OURS, *UNCLEAR])
def test_messages_name_no_address(name: str) -> None:
    message = classify(output(name)).message
    assert "://" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("e404", "webgen-no-such-package-xyz"),
        ("etarget", "react"),
        ("etag", "react"),
        ("e503", None),
        ("etargetbefore", "left"),
        ("etargetrange", "left"),
        ("enoversions", "left"),
        ("e404tarball", "left"),
    ],
)
def test_the_failing_package_is_named(name: str, package: str | None) -> None:
    assert classify(output(name)).package == package
