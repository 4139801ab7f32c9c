"""Vite, Tailwind, PostCSS and TypeScript configuration, read as data without running it."""

from __future__ import annotations

from typing import Any

import pytest

from services.artifact import overlay, parse
from tests.support.config_reader import Case, cases, project, read_all
from tests.support.golden import load_all

READ = cases("read.toml")
DECLINED = cases("declined.toml")
MANY = 10_000


def config(source: str) -> Case:
    return {"config": source}


NESTED = {
    "arrays": config("export default " + "[" * MANY + "]" * MANY),
    "parentheses": config("export default " + "(" * MANY + "1" + ")" * MANY),
    "arrows": config("export default " + "a=>" * MANY + "1"),
    "assignments": config("export default " + "a=" * MANY + "1"),
    "conditions": config("export default " + "1?" * MANY + "1" + ":1" * MANY),
    "negations": config("export default " + "!" * MANY + "1"),
    "sums": config("export default { base: " + "'a'+" * (MANY // 2) + "'a' }"),
    "members": config("export default " + "process" + ".a" * MANY),
    "types": config("let a: " + "A<" * MANY),
    "templates": config("export default " + "`${" * MANY),
    "a JSON document": {"files": {"tsconfig.json": "[" * MANY + "]" * MANY}},
    "a manifest": {"files": {"package.json": '{"vite":' * MANY + "1" + "}" * MANY}},
}
GROWING = {
    "texts that double": config(
        "const a0 = 'aaaaaaaaaa';\n"
        + "".join(f"const a{n + 1} = a{n} + a{n};\n" for n in range(40))
        + "export default { base: a40 };"
    ),
    "arrays that double": config(
        "const a0 = [1, 2];\n"
        + "".join(f"const a{n + 1} = [...a{n}, ...a{n}];\n" for n in range(40))
        + "export default { server: a40 };"
    ),
    "objects that share": config(
        "const a0 = { a: 1, b: 2 };\n"
        + "".join(f"const a{n + 1} = {{ a: a{n}, b: a{n} }};\n" for n in range(40))
        + "export default { define: a40 };"
    ),
    "joined texts": config(
        "const a0 = ['" + "a" * 90_000 + "'];\nexport default { base: a0.join() };",
    ),
    "a long file": config("export default {};" + " " * 100_000),
}
HOSTILE = {**NESTED, **GROWING}


def at(value: Any, path: str) -> Any:
    """What stands at a dotted path."""
    for key in path.split("."):
        value = value[key]
    return value


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    everything = {**READ, **DECLINED, **HOSTILE}
    read = read_all([project(case) for case in everything.values()], tmp_path_factory.mktemp("reading"))
    return dict(zip(everything, read, strict=True))


@pytest.mark.parametrize("name", READ)
def test_a_real_configuration_is_read_as_data(name: str, readings: dict[str, Any]) -> None:
    reading = readings[name]
    assert "declined" not in reading, reading["declined"]
    case = READ[name]
    expected = {**case["plan"], **dict.fromkeys(case.get("none", []))}
    assert {path: at(reading["plan"], path) for path in expected} == expected


@pytest.mark.parametrize("name", DECLINED)
def test_what_is_not_data_is_declined_with_the_place(name: str, readings: dict[str, Any]) -> None:
    assert DECLINED[name]["says"] in readings[name].get("declined", "")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_size_is_declined_in_one_line(name: str, readings: dict[str, Any]) -> None:
    declined = readings[name]["declined"]
    assert "\n" not in declined
    assert len(declined) <= 300


def test_every_golden_site_that_can_be_built_is_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    files = {golden.name: dict(overlay(parse(golden.completion)).files) for golden in load_all()}
    read = read_all(list(files.values()), tmp_path_factory.mktemp("golden"))
    declined = {name: reading["declined"] for name, reading in zip(files, read, strict=True) if "declined" in reading}
    assert set(declined) == {"no-artifact", "invalid-package-json", "vite-config-error"}, declined
