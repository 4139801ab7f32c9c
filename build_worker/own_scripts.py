"""Scripts of our own, linted and type-checked by the prepared tools, outside any sandbox: they are trusted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from build_worker.node import find_node
from build_worker.toolchain import toolchain_path
from build_worker.typecheck import BINARY, compiler
from services.settings import ToolSettings

_OPTIONS: dict[str, Any] = {
    "noEmit": True,
    "allowJs": True,
    "checkJs": True,
    "strict": True,
    "noImplicitReturns": True,
    "noFallthroughCasesInSwitch": True,
    "skipLibCheck": True,
    "maxNodeModuleJsDepth": 0,
    "target": "esnext",
    "module": "esnext",
    "moduleResolution": "bundler",
    "moduleDetection": "force",
}
_PLACES: dict[str, dict[str, Any]] = {
    ".mjs": {"lib": ["esnext"], "types": ["node"]},
    ".js": {"lib": ["esnext", "dom", "dom.iterable"], "types": []},
}
"""What there is where a script runs: in Node (``.mjs``), or in a page (``.js``)."""

_UNTYPED = Path(__file__).parent / "toolchain/untyped.d.ts"
"""Types of packages that bring none."""


def check_own(tools: ToolSettings, paths: list[str]) -> int:
    """Lint and type-check scripts, named relative to the working directory; 1 where anything is found.

    Raises:
        ToolchainError: the tools are not prepared.
    """
    toolchain = toolchain_path(tools)
    found = [_lint(tools, toolchain, paths)]
    found += [_types(toolchain, [p for p in paths if p.endswith(end)], place) for end, place in _PLACES.items()]
    return int(any(found))


def _lint(tools: ToolSettings, toolchain: Path, paths: list[str]) -> int:
    program = [str(find_node(tools).program), str(toolchain / "node_modules/oxlint/bin/oxlint")]
    flags = ["-c", str(toolchain / "oxlint.json"), "--disable-nested-config", "--deny-warnings"]
    return subprocess.run([*program, *flags, *paths], check=False).returncode


def _types(toolchain: Path, paths: list[str], place: dict[str, Any]) -> int:
    """The compiler's exit code over scripts of one place, which see the toolchain's packages as theirs."""
    if not paths:
        return 0
    with TemporaryDirectory() as folder:
        view = Path(folder)
        (view / "node_modules").symlink_to(toolchain / "node_modules")
        for top in {Path(path).parts[0] for path in paths}:
            (view / top).symlink_to(Path.cwd() / top)
        (view / _UNTYPED.name).symlink_to(_UNTYPED)
        files = [f"./{path}" for path in (*paths, _UNTYPED.name)]
        config = {"compilerOptions": _OPTIONS | place, "files": files}
        (view / "jsconfig.json").write_text(json.dumps(config))
        return subprocess.run([compiler(toolchain) / BINARY, "-p", "jsconfig.json"], cwd=view, check=False).returncode
