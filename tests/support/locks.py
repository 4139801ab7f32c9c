"""Lock files: ``python -m tests.support.locks`` checks that they fit pyproject.toml; ``--write`` makes them anew.

Requirement files with hashes and without any index address.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

LOCKS = {
    "requirements/client.txt": [],
    "requirements/server.txt": ["--extra", "server"],
    "requirements/dev.txt": ["--extra", "server", "--extra", "embedded", "--extra", "analysis", "--extra", "dev"],
    # Of images: the versions that the tests ran with.
    **{
        f"requirements/images/{name}.txt": [*extras, "--constraints", "requirements/dev.txt"]
        for name, extras in {
            "gateway": ("--extra", "gateway"),
            "build": ("--extra", "build", "--extra", "node"),
            "render": ("--extra", "render"),
            "judge": ("--extra", "judge"),
            "wheel": ("--group", "wheel"),
        }.items()
    },
    # After the one it shares an environment with. Without torch: a training machine has the one that fits its GPUs.
    "requirements/trainer.txt": [
        *("--extra", "trainer", "--constraints", "requirements/dev.txt", "--excludes", "requirements/not-locked.txt")
    ],
}


def compile_lock(extras: list[str], target: Path, *, upgrade: bool) -> None:
    """Resolve into a file; what it pins already stays where it fits, unless asked to upgrade."""
    options = ["--universal", "--generate-hashes", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    more = ["--upgrade"] if upgrade else []
    command = ["uv", "pip", "compile", "--quiet", "--python-version", "3.11", *options, *extras, *more]
    program = Path(sys.executable).with_name("uv")
    subprocess.run(
        [str(program), *command[1:], "-o", str(target), "pyproject.toml"], check=True, stdout=subprocess.PIPE
    )


def is_current(name: str, extras: list[str]) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / Path(name).name
        copy.write_text(Path(name).read_text())
        compile_lock(extras, copy, upgrade=False)
        return _pins(copy.read_text()) == _pins(Path(name).read_text())


def _pins(text: str) -> set[str]:
    """Requirements and hashes, without comments (they name the output file's path)."""
    return {line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")}


def main() -> int:
    if "--write" in sys.argv:
        for name, extras in LOCKS.items():
            compile_lock(extras, Path(name), upgrade=True)
        return 0
    stale = [name for name, extras in LOCKS.items() if not is_current(name, extras)]
    print(f"stale lock files: {', '.join(stale)}: run `make lock`" if stale else "lock files are current")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
