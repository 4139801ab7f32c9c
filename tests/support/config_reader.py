"""Runs the builder's reading of configuration (`readPlan`) over tables of projects, in one Node process."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from build_worker import toolchain
from build_worker.node import find_node
from services.settings import ToolSettings

TABLES = Path(__file__).resolve().parent.parent / "unit" / "build_worker" / "config_reading"
"""``read.toml``, ``declined.toml``: their first lines say what a case is."""

_SECONDS = 120
_DECLARED = {"vite": "^5.4.2", "@vitejs/plugin-react": "^4.3.1"}
_THREE = {"tailwindcss": "^3.4.1", "autoprefixer": "^10.4.18"}
_FOUR = {"tailwindcss": "^4.1.0", "@tailwindcss/vite": "^4.1.0"}
_HEAD = "import { defineConfig } from 'vite';\nimport react from '@vitejs/plugin-react';\nimport path from 'path';\n"

Case = Mapping[str, Any]


def cases(table: str) -> dict[str, Case]:
    """A table's cases by name."""
    with (TABLES / table).open("rb") as file:
        return {case["name"]: case for case in tomllib.load(file)["case"]}


def project(case: Case) -> dict[str, str]:
    """The files of a case: path -> text."""
    files, packages = _shorthand(case)
    declared = {**_DECLARED, **packages, **case.get("packages", {})}
    manifest = {"type": "module", "devDependencies": declared, **case.get("manifest", {})}
    return {"package.json": json.dumps(manifest), **files, **case.get("files", {})}


def _shorthand(case: Case) -> tuple[dict[str, str], dict[str, str]]:
    """Files, and packages to declare, of the case's short form."""
    if "config" in case:
        return {"vite.config.ts": case["config"]}, {}
    if "keys" in case:
        config = f"export default defineConfig({{ plugins: [react()], {case['keys']} }});"
        return {"vite.config.ts": _HEAD + config}, {}
    if "theme" in case:
        wired = "export default { plugins: { tailwindcss: {}, autoprefixer: {} } };"
        config = f"export default {{ content: ['./src/**/*.tsx'], {case['theme']} }};"
        return {"postcss.config.js": wired, "tailwind.config.js": config}, _THREE
    if "style" in case:
        config = "import tailwindcss from '@tailwindcss/vite';\nexport default { plugins: [tailwindcss()] };"
        return {"vite.config.ts": config, "src/index.css": case["style"]}, _FOUR
    return {}, {}


def read_all(projects: Sequence[Mapping[str, str]], folder: Path) -> list[dict[str, Any]]:
    """What `readPlan` makes of each project, in order.

    Raises:
        AssertionError: the process ended otherwise, or a project changed something in it.
    """
    tools = ToolSettings()
    plan = toolchain.toolchain_path(tools) / "builder" / "config" / "plan.mjs"
    given = folder / "projects.json"
    given.write_text(json.dumps(projects))
    run = subprocess.run(
        [str(find_node(tools).program), str(TABLES / "read.mjs"), str(plan), str(given)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert run.returncode == 0, f"{run.returncode}: {run.stderr[-2000:]}"
    answer = json.loads(run.stdout)
    assert answer["polluted"] is False
    readings: list[dict[str, Any]] = answer["readings"]
    return readings
