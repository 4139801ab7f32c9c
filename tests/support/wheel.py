"""What the wheel holds: the five packages and nothing else. ``python -m tests.support.wheel`` builds and checks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGES = {"services", "reward_api", "build_worker", "render_worker", "trainer_client"}
NEEDED = {
    "services/rewards/profiles/cascade.toml",
    "services/stores/alembic/env.py",
    "services/stores/alembic/versions/0001_the_first_tables.py",
    "services/judge/prompts/rubric-1.md",
    "services/judge/prompts/rubric-2.md",
    "services/judge/limits/lua/tidy.lua",
    "services/judge/limits/lua/enter.lua",
    "services/judge/limits/lua/leave.lua",
    "services/judge/limits/lua/renew.lua",
    "services/judge/limits/lua/withdraw.lua",
    "services/artifact/scaffold/package.json",
    "services/artifact/scaffold/system_prompt.md",
    "build_worker/toolchain/package-lock.json",
    "build_worker/browser/package-lock.json",
    "build_worker/browser/headless-shell",
    "build_worker/page_kit/package-lock.json",
    "build_worker/page_kit/fonts.conf",
    "build_worker/page_kit/fonts.json",
    "reward_api/sheet/style.css",
    "trainer_client/preflight/golden/finished.txt",
    "trainer_client/preflight/golden/plain.txt",
    "trainer_client/py.typed",
}


def build(folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return next(folder.glob("*.whl"))


def problems(names: list[str]) -> list[str]:
    """What is in a wheel and should not be, or the other way round."""
    tops = {name.split("/", 1)[0] for name in names}
    foreign = sorted(top for top in tops - PACKAGES if not top.endswith(".dist-info"))
    missing = sorted((PACKAGES - tops) | (NEEDED - set(names)))
    modules = [name for name in names if "node_modules" in name]
    return [f"foreign: {name}" for name in foreign + modules] + [f"missing: {name}" for name in missing]


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(build(Path(folder))) as wheel:
        found = problems(wheel.namelist())
    print("\n".join(found) if found else "the wheel holds the five packages and nothing else")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
