"""Our own scripts are held to lint and types, each by what there is where it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from build_worker.own_scripts import check_own
from build_worker.setup import prepare
from services.settings import ResolveSettings

pytestmark = pytest.mark.stack

NODE = "import { argv } from 'node:process';\nexport const count = argv.length;\n"
PAGE = "export const width = window.innerWidth;\n"


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    prepare(ResolveSettings(), lambda _: None, parts=("toolchain", "sets"))


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("ours/a.mjs", NODE, 0),
        ("ours/a.js", PAGE, 0),
        ("ours/a.mjs", PAGE, 1),
        ("ours/a.js", NODE, 1),
        ("ours/a.mjs", "export function twice(x) { return x * 2; }\n", 1),
        ("ours/a.mjs", "import { build } from 'vite';\n/** @type {number} */\nexport const b = build;\n", 1),
        ("ours/a.mjs", "debugger;\nexport const a = 1;\n", 1),
    ],
)
def test_a_script_is_checked_by_where_it_runs(
    name: str, text: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(text)
    assert check_own(ResolveSettings().tools, [name]) == code
