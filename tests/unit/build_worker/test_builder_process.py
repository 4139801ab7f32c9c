"""The warm builder over its own wire: one process, one job after another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from build_worker.dependencies import SetStore, make_sets
from build_worker.dependencies.prepared import SCAFFOLD, prepared
from build_worker.diagnosis import diagnose
from build_worker.node import find_node
from build_worker.setup import prepare
from build_worker.toolchain import toolchain_path
from services.artifact import overlay, parse, scaffold_files
from services.settings import ResolveSettings, ToolSettings
from tests.support import golden
from tests.support.builders import WarmBuilder, warm_builder

pytestmark = pytest.mark.stack

CANARY = "CANARY-of-another-job"
APP = "export default function App() {{ return <p>{{String({value})}}</p>; }}"


@pytest.fixture(scope="module")
def store() -> SetStore:
    prepare(ResolveSettings(), lambda _: None, parts=("toolchain", "sets"))
    return make_sets(ToolSettings())


@pytest.fixture(scope="module")
def modules(store: SetStore) -> Path:
    """``node_modules`` of the scaffold's dependency set."""
    folder = store.path(store.key(prepared()[SCAFFOLD]))
    assert folder is not None
    return folder / "node_modules"


@pytest.fixture(scope="module")
def toolchain() -> Path:
    return toolchain_path(ToolSettings())


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory, toolchain: Path, modules: Path) -> Iterator[WarmBuilder]:
    work = tmp_path_factory.mktemp("builder") / "work"
    with warm_builder(find_node(ToolSettings()), toolchain, work, modules) as running:
        yield running


@pytest.fixture(scope="module")
def outside(builder: WarmBuilder) -> Path:
    """A neighbour's folder beside the work folder, with something to steal in every form."""
    folder = builder.work.parent / "neighbour"
    folder.mkdir()
    (folder / "secret.txt").write_text(CANARY)
    (folder / "secret.js").write_text(f"export default '{CANARY}'")
    (folder / "secret.css").write_text(f".{CANARY} {{ color: red }}")
    (folder / "secret.png").write_text(CANARY)
    (folder / "tsconfig.json").write_text("{}")
    return folder


def site(**files: str) -> dict[str, str]:
    """The scaffold with files of one's own, by path."""
    return {**scaffold_files(), **files}


def sample(name: str) -> dict[str, str]:
    """A golden rollout's files."""
    return dict(overlay(parse(golden.load(golden.ROLLOUTS / name).completion, False)).files)


def shows(value: str, *imports: str) -> dict[str, str]:
    return {"src/App.tsx": "\n".join([*imports, APP.format(value=value)])}


def test_a_site_is_built_with_its_facts(builder: WarmBuilder) -> None:
    reply = builder.build(sample("shop"))
    assert (reply.kind, reply.reason) == ("built", "")
    page = reply.files["index.html"].decode()
    script = next(path for path in reply.files if path.endswith(".js"))
    style = next(path for path in reply.files if path.endswith(".css"))
    assert f'src="/{script}"' in page
    assert f'href="/{style}"' in page
    assert b"@tailwind" not in reply.files[style]
    facts = reply.facts
    assert facts["modules"] > 30
    assert facts["bytes_by_kind"]["script"] == len(reply.files[script])
    assert {"react-dom", "(site)", "lucide-react"} <= set(facts["bytes_by_package"])
    assert 0.05 < facts["site_share"] < 0.6
    assert set(facts["seconds"]) == {"read_config", "bundle", "styles", "write"}
    assert facts["warnings"] == []
    assert facts["builder_rss_bytes"] > 0


def test_what_a_builder_built_before_changes_nothing(builder: WarmBuilder, toolchain: Path, tmp_path: Path) -> None:
    shop, blog = sample("shop"), sample("blog")
    poison = {
        **shop,
        ".env": "VITE_GREETING=from-another-job\nBROWSER=/bin/false\n",
        "tailwind.config.js": "export default { content: ['./src/**/*.tsx'], theme: { spacing: { 4: '77px' } } }",
        "src/index.css": "@tailwind utilities; .poison { color: red }",
    }
    first, other = builder.build(shop), builder.build(blog)
    assert builder.build(poison).kind == "built"
    assert builder.build(shop).files == first.files
    assert builder.build(blog).files == other.files
    with warm_builder(find_node(ToolSettings()), toolchain, tmp_path / "elsewhere", builder.modules) as fresh:
        assert fresh.build(shop).files == first.files


def test_nothing_of_a_job_is_left_on_disk(builder: WarmBuilder) -> None:
    assert builder.build(site(**{"public/a/b.txt": CANARY})).files["a/b.txt"] == CANARY.encode()
    assert [path.name for path in builder.work.iterdir()] == ["site"]
    assert list((builder.work / "site").iterdir()) == []


FAILURES: Mapping[str, tuple[dict[str, str | None], str, str | None]] = {
    "a relative import": (
        shows("x", "import x from './nowhere';"),
        "build/unresolved-import",
        "src/App.tsx",
    ),
    "an undeclared package": (
        shows("x", "import x from 'no-such-package';"),
        "build/unresolved-import",
        "src/App.tsx",
    ),
    "a missing export": (
        {**shows("x", "import { x } from './b';"), "src/b.ts": "export const y = 1;"},
        "build/error",
        "src/App.tsx",
    ),
    "a syntax error": (
        {"src/App.tsx": "export default function App() { return <p>x</p>;"},
        "build/error",
        "src/App.tsx",
    ),
    "no page": ({"index.html": None}, "build/no-index", None),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_fails_in_every_toolchain_fails_here(builder: WarmBuilder, name: str) -> None:
    changes, rule, file = FAILURES[name]
    files = {path: text for path, text in {**site(), **changes}.items() if text is not None}
    reply = builder.build(files)
    assert reply.kind == "failed", reply.reason
    finding = diagnose(reply.log)[0]
    assert (finding.rule, finding.file) == (rule, file)
    assert str(builder.work) not in reply.log


DECLINED: Mapping[str, dict[str, str]] = {
    "a utility that Tailwind does not know": {"src/index.css": "@tailwind base; a { @apply bg-nowhere-500; }"},
    "an unclosed style rule": {"src/index.css": "a { color: red"},
    "a rule of TypeScript's own": shows("f(1, 2)", "const f = (a?: number, b: number) => a;"),
    "a preprocessor": {**shows("1", "import './x.scss';"), "src/x.scss": "$a: red;"},
    "a program as configuration": {"vite.config.ts": "throw new Error('no');"},
}


@pytest.mark.parametrize("name", DECLINED)
def test_what_may_be_ours_alone_is_declined_with_a_reason(builder: WarmBuilder, name: str) -> None:
    reply = builder.build(site(**DECLINED[name]))
    assert (reply.kind, bool(reply.reason)) == ("declined", True)


PAGE = '<div id="root"></div><script type="module" src="/src/main.tsx"></script>'
OUT = "../../../neighbour"
ATTACKS: Mapping[str, dict[str, str]] = {
    "the environment": shows("x", "import x from '/proc/self/environ?raw';"),
    "raw": shows("x", f"import x from '{OUT}/secret.txt?raw';"),
    "url": shows("x", f"import x from '{OUT}/secret.txt?url';"),
    "script": shows("x", f"import x from '{OUT}/secret.js';"),
    "script on demand": shows("x", f"const x = import('{OUT}/secret.js');"),
    "through node_modules": shows("x", "import x from '../node_modules/../../../neighbour/secret.js';"),
    "picture": shows("x", f"import x from '{OUT}/secret.png';"),
    "new URL": shows("x", f"const x = new URL('{OUT}/secret.png', import.meta.url);"),
    "new URL of a pattern": shows("x", f"const n = 'secret'; const x = new URL(`{OUT}/${{n}}.png`, import.meta.url);"),
    "worker": {**shows("1", "import W from './w?worker'; new W();"), "src/w.ts": f"import '{OUT}/secret.js';"},
    "glob": shows("x", f"const x = import.meta.glob('{OUT}/*', {{ query: '?raw', eager: true }});"),
    "glob in braces": shows("x", "const x = import.meta.glob('./{..,a}/../../neighbour/*', { eager: true });"),
    "style import": {"src/index.css": f"@import '{OUT}/secret.css';"},
    "style import of a system file": {"src/index.css": "@import '/etc/passwd';"},
    "style url": {"src/index.css": f"a {{ background: url({OUT}/secret.png) }}"},
    "style url of a system file": {"src/index.css": "a { background: url(/etc/passwd) }"},
    "composed style": {
        **shows("x", "import x from './a.module.css';"),
        "src/a.module.css": f".a {{ composes: b from '{OUT}/secret.css' }}",
    },
    "page's script": {"index.html": '<script type="module" src="../../neighbour/secret.js"></script>'},
    "page's style sheet": {"index.html": f'<link rel="stylesheet" href="../../neighbour/secret.css">{PAGE}'},
    "page's picture": {"index.html": f'<img src="../../neighbour/secret.png">{PAGE}'},
    "page's own style": {"index.html": f"<style>@import '../../neighbour/secret.css';</style>{PAGE}"},
    "tsconfig": {"tsconfig.json": '{ // see\n "extends": ["../../neighbour/tsconfig.json"], }'},
}


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize("name", ATTACKS)
def test_a_foreign_file_fails_the_build_and_stays_foreign(builder: WarmBuilder, name: str) -> None:
    reply = builder.build(site(**ATTACKS[name]))
    assert (reply.kind, reply.reason) == ("failed", "build/outside-file"), (reply.reason, reply.log)
    assert diagnose(reply.log)[0].rule == "build/outside-file"
    said = b"".join(reply.files.values()).decode() + reply.log + json.dumps(dict(reply.facts))
    assert CANARY not in said
    assert "of the worker" not in said


def test_a_sibling_dependency_set_is_foreign(builder: WarmBuilder, outside: Path) -> None:
    package = outside / "node_modules" / "left-pad"
    package.mkdir(parents=True)
    (package / "index.js").write_text(f"export default '{CANARY}'")
    reply = builder.build(site(**shows("x", f"import x from '{package}/index.js?raw';")))
    assert (reply.kind, reply.reason) == ("failed", "build/outside-file")
    assert CANARY not in reply.log


@pytest.mark.parametrize("rule", ["@config './x.cjs';", "@plugin './x.cjs';"])
def test_a_style_sheet_runs_no_program(builder: WarmBuilder, outside: Path, rule: str) -> None:
    trace = outside / "ran"
    program = f"require('node:fs').writeFileSync({json.dumps(str(trace))}, ''); module.exports = {{}};"
    reply = builder.build(site(**{"src/index.css": f"{rule}\n@tailwind utilities;", "src/x.cjs": program}))
    assert reply.kind == "declined"
    assert not trace.exists()


def test_tailwind_4_takes_its_sheets_from_us_and_its_classes_from_the_job(
    builder: WarmBuilder, toolchain: Path
) -> None:
    manifest = {
        "type": "module",
        "devDependencies": {"tailwindcss": "^4.0.0", "@tailwindcss/vite": "^4.0.0", "vite": "^7"},
    }
    files = {
        "package.json": json.dumps(manifest),
        "vite.config.js": "import tailwindcss from '@tailwindcss/vite'; export default { plugins: [tailwindcss()] };",
        "index.html": '<p class="w-[13px] text-brand hover:underline"></p><script type="module" src="/a.js"></script>',
        "a.js": "import './style/a.css';",
        "style/a.css": "@import 'tailwindcss'; @import './deep/b.css'; @theme { --color-brand: #123456; }",
        "style/deep/b.css": ".b { background: url('./dot.svg'); @apply p-3; }",
        "style/deep/dot.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    }
    reply = builder.build(files, modules=toolchain / "node_modules")
    assert reply.kind == "built", (reply.reason, reply.log)
    style = b"".join(content for path, content in reply.files.items() if path.endswith(".css")).decode()
    for part in ("13px", "var(--color-brand)", "text-decoration-line", "data:image/svg+xml"):
        assert part in style
    assert "@apply" not in style


def test_a_request_that_is_none_is_declined_and_the_builder_stays(builder: WarmBuilder) -> None:
    for payload in (b"", b"\0\0\0\x02[]", b"\0\0\0\x13" + b'{"files":[["a",9]]}'):
        assert b'"kind":"declined"' in builder.ask(payload)
    assert builder.build({"../x": "", **site()}).kind == "declined"
    assert not (builder.work / "x").exists()
    assert builder.build(site()).kind == "built"


def test_what_libraries_print_stays_out_of_the_frames(builder: WarmBuilder) -> None:
    empty = "export default { content: [], theme: { extend: {} }, plugins: [] };"
    assert builder.build(site(**{"tailwind.config.js": empty})).kind in ("built", "declined")
    assert builder.build(site()).kind == "built"
