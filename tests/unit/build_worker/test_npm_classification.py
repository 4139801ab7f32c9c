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
OURS = ("econnrefused", "enotfound", "econnreset", "etimedout", "e500", "e503", "e429", "e401")
UNCLEAR = ("e403",)


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


@pytest.mark.parametrize("code", ["EAI_AGAIN", "ETIMEDOUT", "ENOSPC", "EINTEGRITY", "E502", "E504"])
def test_codes_of_broken_machinery_are_ours(code: str) -> None:
    assert classify(f'{{"error": {{"code": "{code}", "summary": "", "detail": ""}}}}').fault is Fault.OURS


@pytest.mark.parametrize(
    "text", ["", "not json", "[]", '{"error": 3}', '{"error": {"code": "EWEIRD"}}', '{"error": {}}']
)
def test_what_nobody_knows_is_unclear(text: str) -> None:
    failure = classify(text)
    assert (failure.fault, failure.rule) == (Fault.UNCLEAR, "resolve/failed")
    assert failure.message


def test_a_listed_tarball_that_is_missing_is_unclear() -> None:
    summary = "404 Not Found - GET https://registry.example/left-pad/-/left-pad-1.3.0.tgz"
    assert classify(f'{{"error": {{"code": "E404", "summary": "{summary}"}}}}').fault is Fault.UNCLEAR


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
    [("e404", "webgen-no-such-package-xyz"), ("etarget", "react"), ("etag", "react"), ("e503", None)],
)
def test_the_failing_package_is_named(name: str, package: str | None) -> None:
    assert classify(output(name)).package == package
