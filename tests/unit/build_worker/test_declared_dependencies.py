"""Declared dependencies, read as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build_worker.dependencies.declared import MAX_DECLARED, DeclaredDependencies, declared, set_key
from build_worker.node import Node

NODE = Node(Path("/usr/bin/node"), ("/usr/bin/npm",), "v20.0.0", "11.0.0")


def read(**body: Any) -> DeclaredDependencies | tuple[Any, ...]:
    return declared(json.dumps(body))


def rules(found: DeclaredDependencies | tuple[Any, ...]) -> set[str]:
    assert isinstance(found, tuple)
    return {finding.rule for finding in found}


def good(found: DeclaredDependencies | tuple[Any, ...]) -> DeclaredDependencies:
    assert isinstance(found, DeclaredDependencies)
    return found


def test_all_kinds_are_merged_as_npm_does() -> None:
    found = good(
        read(devDependencies={"b": "2", "c": "3"}, dependencies={"c": "1", "a": "1"}, peerDependencies={"a": "0"})
    )
    assert found.packages == (("a", "1"), ("b", "2"), ("c", "3"))


@pytest.mark.parametrize(
    "spec",
    ["1.2.3", "^1.2.3", "~1", ">=1 <2 || 3.x", "*", "", "latest", "1.0.0-beta.1+build", "1 - 2", " ^1.0.0 ",
     "npm:other@^1.0.0", "npm:@scope/other@1", "npm:other"],
)  # fmt: skip
def test_registry_packages_are_taken(spec: str) -> None:
    assert good(read(dependencies={"@scope/pkg.x": spec})).packages == (("@scope/pkg.x", spec.strip() or "*"),)


@pytest.mark.parametrize(
    "spec",
    ["git+https://example.org/a.git", "git@example.org:a/b", "github:a/b", "a/b", "https://example.org/a.tgz",
     "file:../a", "link:../a", "workspace:*", "./a", "../a", "/etc", "~/a", "npm:a@https://example.org/x.tgz",
     "npm:../a", "portal:x", "catalog:", ".", "..", " . ", "npm:a@.", "npm:a@..", "...", "$(id)", "1; rm", "1\n2"],
)  # fmt: skip
def test_everything_else_is_refused(spec: str) -> None:
    assert rules(read(devDependencies={"a": spec})) == {"resolve/refused-dependency"}


@pytest.mark.parametrize(
    "name", ["", "../a", ".a", "a b", "@a", "@a/b/c", "a" * 215, "node_modules", "-g=x y", "é", "_a", "a\n"]
)
def test_what_is_no_name_is_refused(name: str) -> None:
    assert rules(read(dependencies={name: "1"})) == {"resolve/invalid-name"}


@pytest.mark.parametrize("spec", [1, None, ["1"], {"version": "1"}, True])
def test_a_version_is_a_string(spec: Any) -> None:
    assert rules(read(dependencies={"a": spec})) == {"resolve/invalid-version"}


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", '"x"', "null", "[" * 100_000, '{"dependencies": []}', "9" * 5_000]
)
def test_an_unreadable_manifest_is_the_candidates(text: str | None) -> None:
    assert rules(declared(text)) == {"resolve/invalid-package-json"}


def test_the_number_is_bounded() -> None:
    assert rules(read(dependencies={f"p{i}": "1" for i in range(MAX_DECLARED + 1)})) == {"resolve/too-many"}


def test_npm_sees_nothing_else_of_the_manifest() -> None:
    found = good(
        read(dependencies={"a": "1"}, scripts={"preinstall": "x"}, overrides={"a": "git"}, workspaces=["../.."])
    )
    assert json.loads(found.manifest()) == {
        "name": "site",
        "version": "0.0.0",
        "private": True,
        "dependencies": {"a": "1"},
    }


def test_equal_declarations_have_one_key() -> None:
    one = good(read(dependencies={"a": "1", "b": "2"}, name="x"))
    two = good(read(devDependencies={"a": "1"}, dependencies={"b": " 2"}, name="y"))
    assert set_key(one, NODE, "2026-11-20") == set_key(two, NODE, "2026-11-20")


@pytest.mark.parametrize(
    ("spec", "other"),
    [
        ("1.2.3", "v1.2.3"), ("1.2.3", "=1.2.3"), ("1.2.3", " =v1.2.3 "), ("^1.2", "^ 1.2"), ("^1.2", "^v1.2"),
        (">=1.2.3", ">= v1.2.3"), (">=1 <2", ">= 1   < 2"), ("1 || 2", "1||v2"), ("*", ""), ("1", "v1"),
        ("1.2.3-rc.1", "v1.2.3-rc.1"), ("1 - 2", "v1  -  2"),
    ],
)  # fmt: skip
def test_equal_ranges_have_one_key(spec: str, other: str) -> None:
    one, two = (good(read(dependencies={"a": each})) for each in (spec, other))
    assert set_key(one, NODE, "2026-11-20") == set_key(two, NODE, "2026-11-20")


@pytest.mark.parametrize(
    ("spec", "other"),
    [
        ("1.2.3", "^1.2.3"), (">=1", ">1"), ("latest", "*"), ("v2-latest", "2-latest"), ("vnext", "next"),
        ("1.x", "1.X.0"), ("1 2", "1 || 2"), ("1.2.3-v1", "1.2.3-1"), ("npm:v1", "npm:1"), ("*", "x"),
    ],
)  # fmt: skip
def test_ranges_that_may_differ_have_two(spec: str, other: str) -> None:
    one, two = (good(read(dependencies={"a": each})) for each in (spec, other))
    assert set_key(one, NODE, "2026-11-20") != set_key(two, NODE, "2026-11-20")


def test_other_versions_tools_or_dates_have_another_key() -> None:
    one, two = good(read(dependencies={"a": "1"})), good(read(dependencies={"a": "2"}))
    other = Node(NODE.program, NODE.npm, "v22.0.0", NODE.npm_version)
    keys = [set_key(one, NODE, "2026-11-20"), set_key(two, NODE, "2026-11-20"), set_key(one, other, "2026-11-20")]
    assert len({*keys, set_key(one, NODE, "2026-11-21")}) == 4


def test_one_suspect_can_be_asked_for_alone() -> None:
    found = good(read(dependencies={"a": "1", "b": "2"}))
    assert found.only("b") == DeclaredDependencies((("b", "2"),))
    assert found.only("z") is None
    assert found.only(None) is None
    assert DeclaredDependencies((("b", "2"),)).only("b") is None
