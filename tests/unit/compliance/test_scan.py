"""The script scanner: imports found, look-alikes passed over, any text in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.artifact import overlay, parse
from services.compliance import RULES, check
from services.compliance.scan import scan
from services.contract import SiteSource

MEGABYTE = 1_000_000


def specifiers(text: str) -> list[str]:
    return [item.specifier for item in scan(text).imports]


@pytest.mark.parametrize(
    "statement",
    [
        "import './x'",
        'import "./x";',
        "import a from './x';",
        "import a, { b as c } from './x';",
        "import * as a from './x';",
        "import{a}from'./x';",
        "import {\n  a, // one\n  b /* two */,\n} from './x';",
        "import type { A } from './x';",
        "export * from './x';",
        "export * as a from './x';",
        "export { default as a } from './x';",
        "export type { A } from './x';",
        "const a = lazy(() => import('./x'));",
        "function f() { return import(/* @vite-ignore */ './x'); }",
        "const a = 1; import b from './x';",
    ],
)
def test_imports_are_found(statement: str) -> None:
    assert specifiers(statement) == ["./x"]


@pytest.mark.parametrize(
    "text",
    [
        "// import a from './x'",
        "/* import a from './x' */",
        "const a = \"import b from './x'\";",
        "const a = `\nimport b from './x'\n`;",
        "const a = `${b ? `${c}` : '`'}\nimport d from './x'\n`;",
        "export const a = './x';",
        "export default './x';",
        "const a = { import: './x' };",
        "function f() {\n  import a from './x'\n}",
        "import(`./${a}`);",
        "import('./' + a);",
        "const a = import.meta.url + './x';",
        "const r = /`/; const s = `import a from './x'`;",
        "obj.import('./x')",
    ],
)
def test_look_alikes_are_passed_over(text: str) -> None:
    assert specifiers(text) == []


def test_text_in_jsx_does_not_hide_what_follows() -> None:
    text = (
        "import a from './a';\nexport default () => <p>Don't {a ? 'x' : \"y\"} say http://x.org/{a}</p>;\n"
        "const re = /[/*\"']/g;\nexport { b } from './b';\n"
    )
    assert specifiers(text) == ["./a", "./b"]


def test_lines_and_type_only_imports_are_told() -> None:
    first, second, third = scan(
        "import a from './a';\n\n/*\n*/ import type B from './b';\nimport type from './c';"
    ).imports
    assert (first.line, first.type_only) == (1, False)
    assert (second.line, second.type_only) == (4, True)
    assert (third.line, third.type_only) == (5, False)


def test_blanking_keeps_every_line_and_column() -> None:
    text = "a = 'x'; // y\n/* z\n */ b = `t${a}`;\n"
    assert scan(text).code == "a =    ;     \n    \n    b = ` ${a} ;\n"
    assert scan(text).uncommented == "a = 'x';     \n    \n    b = `t${a}`;\n"


PIECES = st.sampled_from(
    [
        "import",
        "export",
        " from ",
        "'",
        '"',
        "`",
        "${",
        "{",
        "}",
        "(",
        ")",
        "/",
        "/*",
        "*/",
        "//",
        "\\",
        "\n",
        "./x",
        "[",
        "]",
        "a",
        "*",
    ]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=80).map("".join)))
def test_any_text_is_scanned_and_keeps_its_length(text: str) -> None:
    result = scan(text)
    assert len(result.code) == len(result.uncommented) == len(text)
    assert all(1 <= item.line <= text.count("\n") + 1 for item in result.imports)


PATHS = st.sampled_from(["src/App.tsx", "index.html", "package.json", "tsconfig.json", "vite.config.ts", "src/a.css"])
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.lists(PIECES, max_size=30).map("".join),
    st.sampled_from(
        ['{"name": "\\ud800", "dependencies": []}', "[" * 5000, "9" * 5000, "{}", "null", '{"paths": {"@/*": 1}}']
    ),
)


@given(st.dictionaries(PATHS, TEXTS))
def test_any_site_is_judged_by_every_rule(files: dict[str, str]) -> None:
    body = "".join(f'<webAction type="file" filePath="{path}">\n{text}</webAction>\n' for path, text in files.items())
    parsed = parse(body)
    for site in (overlay(parsed), SiteSource(files=files)):
        result = check(parsed, site)
        assert set(result.results) == set(RULES)
        assert {finding.rule for finding in result.findings} <= {
            r for r, passed in result.results.items() if not passed
        }


UNITS = [
    "import ",
    "export ",
    "import a from './x';\n",
    "import(",
    "import('./x');",
    "import {",
    "'",
    '"',
    "`",
    "'\\'",
    "\\'",
    '"\\"\\\n',
    "`${",
    "{",
    "}",
    "/",
    "/*",
    "*/",
    "/* ",
    "//",
    "=/",
    "=/[",
    "=/[=",
    "(/a",
    "\\",
    "[",
    "a'",
    "\n",
    " ",
    "import\n",
    "export*from",
    "export default {'x':",
    "'x' ",
    "`${`}",
    "import x '",
    "@import './x.css';",
    "<script ",
    "<!--",
    "@import ",
    "'@/a': './b', ",
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize("unit", UNITS)
def test_repetition_of_any_piece_is_scanned_in_linear_time(unit: str) -> None:
    """Quadratic work on any of these would be some 10**10 steps: the time-out catches it on any machine."""
    scan(unit * (MEGABYTE // len(unit) // 4))


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "path", ["src/App.tsx", "index.html", "package.json", "tsconfig.json", "vite.config.ts", "src/a.css"]
)
def test_large_files_are_judged_in_linear_time(path: str) -> None:
    for unit in UNITS:
        files = {path: unit * (MEGABYTE // len(unit) // 20)}
        parsed = parse('<webAction type="file" filePath="x">x</webAction>')
        check(parsed, SiteSource(files=files))
