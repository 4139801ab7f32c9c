"""Static rules: the known starter passes all, and each rule fails for its own reason."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from services.artifact import limits, overlay, parse, scaffold_files
from services.compliance import RULES, check
from services.compliance.check import MAX_FINDINGS
from services.compliance.model import StaticResult
from services.contract import Severity
from services.rewards.profile import built_in

HOME = "export default function Home() {\n  return <h1>Home</h1>;\n}\n"
APP = "import Home from './pages/Home';\n\nexport default function App() {\n  return <Home />;\n}\n"
STARTER = scaffold_files() | {"src/App.tsx": APP, "src/pages/Home.tsx": HOME}
THINK = "<think>\nA home page and nothing else; the state lives in the URL, and the colours are calm.\n</think>\n"
ACTIONS = '<webAction type="shell">npm install</webAction>\n<webAction type="start">npm run dev</webAction>\n'


def completion(
    files: Mapping[str, str], think: str = THINK, actions: str = ACTIONS, attributes: str = 'id="a" title="b"'
) -> str:
    body = "".join(f'<webAction type="file" filePath="{path}">\n{text}</webAction>\n' for path, text in files.items())
    return f"{think}<answer>\n<webArtifact {attributes}>\n{body}{actions}</webArtifact>\n</answer>"


def judge(text: str) -> StaticResult:
    parsed = parse(text)
    return check(parsed, overlay(parsed))


def failed(result: StaticResult) -> set[str]:
    """Our own rules that failed; the published ones have a test file of their own."""
    return {rule.removeprefix("static/") for rule, passed in result.results.items() if not passed and is_own(rule)}


def is_own(rule: str) -> bool:
    return rule.startswith("static/")


def without(*paths: str) -> dict[str, str]:
    return {path: text for path, text in STARTER.items() if path not in paths}


def package(**changes: object) -> dict[str, str]:
    content = json.loads(STARTER["package.json"]) | changes
    return STARTER | {"package.json": json.dumps({k: v for k, v in content.items() if v is not None})}


def source(path: str, text: str, **more: str) -> dict[str, str]:
    return STARTER | {path: text} | more


def test_a_complete_site_passes_every_rule_without_findings() -> None:
    result = judge(completion(STARTER))
    assert set(result.results) == set(RULES)
    assert failed(result) == set()
    assert result.findings == ()


def test_slots_alone_pass_without_actions() -> None:
    assert failed(judge(completion({"src/App.tsx": APP, "src/pages/Home.tsx": HOME}, actions=""))) == set()


def test_every_rule_that_a_profile_names_exists() -> None:
    for profile in built_in().values():
        assert {*profile.static.gates, *profile.static.format, *profile.static.code_format} <= set(RULES)


CASES: list[tuple[str, str, set[str]]] = [
    ("artifact without title", completion(STARTER, attributes='id="a"'), {"artifact-attributes"}),
    ("no think block", completion(STARTER, think=""), {"think-answer", "think-content"}),
    ("empty think block", completion(STARTER, think="<think>\n\n</think>\n"), {"think-content"}),
    ("no install", completion(STARTER, actions='<webAction type="start">npm run dev</webAction>'), {"install-action"}),
    ("no start", completion(STARTER, actions='<webAction type="shell">npm ci</webAction>'), {"start-action"}),
    ("unsafe path", completion(STARTER | {"../x.ts": ""}), {"safe-paths"}),
    ("too large", completion(STARTER | {"x.txt": "x" * (limits.MAX_FILE_BYTES + 1)}), {"size-limits"}),
    (
        "no package.json but a complete manifest",
        completion(without("package.json")),
        {"package-json", "scripts", "core-dependencies", "bare-imports"},
    ),
    (
        "broken package.json",
        completion(STARTER | {"package.json": '{"name": "x",}'}),
        {"package-json", "scripts", "core-dependencies", "bare-imports"},
    ),
    (
        "nested package.json",
        completion(STARTER | {"package.json": "[" * 100_000}),
        {"package-json", "scripts", "core-dependencies", "bare-imports"},
    ),
    ("no version", completion(package(version=None)), {"package-json"}),
    ("numbers as versions", completion(package(dependencies={"react": 18, "react-dom": 18})), {"package-json"}),
    ("no preview script", completion(package(scripts={"dev": "vite", "build": "vite build"})), {"scripts"}),
    ("JavaScript configuration", completion(without("vite.config.ts") | {"vite.config.js": ""}), {"vite-config"}),
    ("no page", completion(without("index.html")), {"entry-point"}),
    ("page without script", completion(source("index.html", "<div id=root></div>")), {"entry-point"}),
    (
        "script in a comment",
        completion(source("index.html", '<!-- <script type="module" src="/src/main.tsx"></script> -->')),
        {"entry-point"},
    ),
    (
        "no such entry",
        completion(source("index.html", "<script type=module src=/src/x.tsx></script>")),
        {"entry-point"},
    ),
    (
        "no default export in a page",
        completion(source("src/pages/More.tsx", "// export default nothing\nexport const More = 1;\n")),
        {"default-export-each"},
    ),
    ("component in App alone", completion(source("src/App.tsx", HOME) | {"src/pages/Home.tsx": HOME}), set()),
    ("missing file", completion(source("src/App.tsx", APP + "import './gone.css';\n")), {"relative-imports"}),
    (
        "missing lazy page",
        completion(source("src/App.tsx", APP + "lazy(() => import('./no'));\n")),
        {"relative-imports"},
    ),
    ("wrong case", completion(source("src/App.tsx", APP.replace("/Home", "/home"))), {"relative-imports"}),
    ("outside the site", completion(source("src/App.tsx", APP + "import '../../x';\n")), {"relative-imports"}),
    (
        "undeclared alias",
        completion(source("src/App.tsx", APP + "import '@/x';\n", **{"src/x.ts": ""})),
        {"relative-imports"},
    ),
    (
        "missing style",
        completion(source("src/index.css", "/* @import './a.css'; */ @import './b.css';")),
        {"relative-imports"},
    ),
    (
        "undeclared package",
        completion(source("src/App.tsx", APP + "import { motion } from 'framer-motion';\n")),
        {"bare-imports"},
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_fault_fails_its_own_rules(text: str, expected: set[str]) -> None:
    result = judge(text)
    assert failed(result) == expected
    found = {finding.rule.removeprefix("static/") for finding in result.findings if is_own(finding.rule)}
    assert found == expected
    assert all((finding.severity is Severity.ERROR) == is_own(finding.rule) for finding in result.findings)


def test_no_component_at_all() -> None:
    files = without("src/App.tsx", "src/pages/Home.tsx") | {"src/main.tsx": "document.title = 'x';\n"}
    assert failed(judge(completion(files))) == {"default-export", "default-export-each"}


def test_a_missing_source_fails_what_needs_one_with_one_finding() -> None:
    result = judge(f"{THINK}<answer>\nI cannot do that.\n</answer>")
    assert {rule for rule, passed in result.results.items() if passed and is_own(rule)} == {
        "static/think-answer",
        "static/think-content",
    }
    assert [finding.rule for finding in result.findings] == ["static/site-source"]


PASSING = {
    "index file": ("import x from './lib';\n", {"src/lib/index.ts": ""}),
    "parent folder": ("import x from '..';\n", {"index.js": ""}),
    "query": ("import x from './a.svg?raw';\n", {"src/a.svg": ""}),
    "json": ("import x from './data';\n", {"src/data.json": "{}"}),
    "written as JavaScript": ("import x from './lib.js';\n", {"src/lib.ts": ""}),
    "types": ("import type { A } from './types';\n", {"src/types.d.ts": ""}),
    "public file": ("import logo from '/logo.svg';\n", {"public/logo.svg": ""}),
    "root path": ("import x from '/src/x';\n", {"src/x.ts": ""}),
    "builtins": ("import path from 'path';\nimport fs from 'node:fs';\n", {}),
    "part of a package": ("import { createRoot } from 'react-dom/client';\n", {}),
    "types of a package": ("import type { A } from 'react';\n", {}),
    "code in a template": ("const s = `\nimport x from './no';\n`;\n", {}),
    "alias in the Vite configuration": (
        "import x from '@/lib/x';\nimport y from '~/y';\n",
        {
            "src/lib/x.ts": "",
            "app/y.ts": "",
            "vite.config.ts": "export default { resolve: { alias: { '@': path.resolve(__dirname, './src'),\n"
            "'~/': fileURLToPath(new URL('./app/', import.meta.url)) } } };\n",
        },
    ),
    "alias as a list": (
        "import x from '@/x';\n",
        {"src/x.ts": "", "vite.config.ts": "export default { alias: [{ find: '@',\n replacement: '/src' }] };\n"},
    ),
    "alias in the TypeScript configuration": (
        "import x from '@lib/x';\n",
        {
            "src/lib/x.ts": "",
            "tsconfig.json": '{ // paths\n "compilerOptions": {'
            '"baseUrl": "./src", "paths": {"@lib/*": ["./lib/*"],}, } }',
        },
    ),
}


@pytest.mark.parametrize(("code", "files"), PASSING.values(), ids=PASSING.keys())
def test_imports_that_resolve(code: str, files: dict[str, str]) -> None:
    assert failed(judge(completion(source("src/App.tsx", code + APP, **files)))) == set()


def test_a_finding_says_where_and_what_to_do() -> None:
    result = judge(completion(source("src/App.tsx", "\n" + APP.replace("/Home", "/home"))))
    finding = result.findings[0]
    assert (finding.file, finding.line) == ("src/App.tsx", 2)
    assert "src/pages/Home.tsx" in finding.message


def test_many_faults_of_one_rule_are_cut_and_counted() -> None:
    code = "".join(f"import './gone{number}';\n" for number in range(100))
    result = judge(completion(source("src/App.tsx", code + APP)))
    assert len(result.findings) == MAX_FINDINGS + 1
    assert "80 more" in result.findings[-1].message
