"""The type checker's configuration: what of the site's own counts, and what never does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from build_worker.typeconfig import check_config, line_counts, wanted_types
from services.artifact import scaffold_files

PACKAGES = frozenset({"react", "vite", "preact", "@scope/kit"})
PAGE = "export default () => <p>hi</p>;\n"


def config(files: dict[str, str], *types: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(check_config(files, PACKAGES, types))
    return found


def options(**theirs: Any) -> dict[str, Any]:
    found: dict[str, Any] = config({"tsconfig.json": json.dumps({"compilerOptions": theirs})})["compilerOptions"]
    return found


def test_every_typescript_file_is_checked_wherever_it_lies() -> None:
    files = {
        "src/App.tsx": PAGE,
        "app/.hidden/b.ts": PAGE,
        "src/vite-env.d.ts": "",
        "src/old.jsx": PAGE,
        "vite.config.ts": "",
        "public/sw.ts": "",
        "index.html": "",
    }
    excluding = json.dumps({"files": [], "include": [], "exclude": ["src"], "references": [{"path": "../x"}]})
    expected = ["./app/.hidden/b.ts", "./src/App.tsx", "./src/vite-env.d.ts"]
    assert config(files)["files"] == config(files | {"tsconfig.json": excluding})["files"] == expected
    assert set(config(files)) == {"compilerOptions", "files"}


def test_what_would_silence_or_tighten_the_check_does_nothing() -> None:
    plain = options()
    assert plain["strict"] is True
    changed = options(
        noCheck=True,
        strict=False,
        noImplicitAny=False,
        noLib=True,
        lib=["es5"],
        noUnusedLocals=True,
        skipLibCheck=False,
    )
    assert changed == plain


def test_harmless_options_are_taken_as_data() -> None:
    assert options(jsxImportSource="preact")["jsxImportSource"] == "preact"
    assert "jsxImportSource" not in options(jsxImportSource="not-there")
    assert options(experimentalDecorators=True)["experimentalDecorators"] is True
    assert options(paths={"@/*": ["./src/*"]})["paths"] == {"@/*": ["./src/*"]}


def test_what_base_url_makes_importable_is_importable() -> None:
    files = {
        "tsconfig.json": '{"compilerOptions": {"baseUrl": "./src"}}',
        "src/lib/a.ts": "",
        "src/format.ts": "",
        "src/react/index.ts": "",
    }
    assert config(files)["compilerOptions"]["paths"] == {"lib/*": ["./src/lib/*"], "format": ["./src/format"]}


@pytest.mark.parametrize("pattern", ["*", "r*", "react", "react/*", "@scope/*", "@scope/kit/*", "@*"])
def test_no_alias_stands_before_an_installed_package(pattern: str) -> None:
    assert options(paths={pattern: ["./src/*"]})["paths"] == {}


def test_no_alias_leads_out_of_the_site() -> None:
    assert options(paths={"@/*": ["../../etc/*"]})["paths"] == {}


def test_vites_alias_counts_where_typescript_was_not_told() -> None:
    found = config({"vite.config.ts": "export default { resolve: { alias: { '@': './src' } } }"})
    assert found["compilerOptions"]["paths"] == {"@/*": ["./src/*"]}


def test_ambient_types_are_files_inside_packages() -> None:
    theirs = {
        "compilerOptions": {"types": ["vite-plugin-x/client", "./any", "../../y", "/etc/passwd", "node", 7, "a/../b"]}
    }
    assert wanted_types({"tsconfig.json": json.dumps(theirs)}) == ["vite/client", "vite-plugin-x/client"]
    assert config({}, "vite/client")["compilerOptions"]["types"] == ["*", "vite/client"]


def test_lines_are_those_of_code() -> None:
    files = {
        "src/a.ts": "// one\n\nconst a = 1;\n/* two\n three */\nexport default a;\n",
        "src/b.jsx": "export const b = 1;\n",
        "src/c.d.ts": "declare const c: number;\n",
        "vite.config.ts": "export default {};\n",
        "a.css": "a {}\n",
    }
    assert line_counts(files) == {"typed_lines": 2, "script_lines": 3}


def test_the_scaffold_is_checked_whole() -> None:
    assert config(scaffold_files())["files"] == ["./src/App.tsx", "./src/main.tsx", "./src/vite-env.d.ts"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"compilerOptions": 7}', '{"compilerOptions": {"paths": []}}', "[" * 9_000]
)
def test_an_odd_configuration_is_as_none(text: str) -> None:
    assert config({"tsconfig.json": text}) == config({})
