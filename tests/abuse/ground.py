"""Where a live proof runs: plain Node and plain Vite in a throw-away folder, outside of every sandbox."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.abuse.canaries import Canaries

LIVE_SECONDS = 30.0
MOST_OUTPUT = 4_000_000


@dataclass(frozen=True, slots=True)
class Ground:
    """Attributes:
    folder: empty, of this proof alone; gone afterwards.
    canaries: what there is to reach: ``secret``, ``token``, ``reached(name)`` connections so far.
    node: the Node program.
    modules: ``node_modules`` with React, Vite 5 and Tailwind 3: the scaffold's set.
    toolchain: ``node_modules`` with Vite 8 and both Tailwind majors.
    browser: the browser's program.
    """

    folder: Path
    canaries: Canaries
    node: Path
    modules: Path
    toolchain: Path
    browser: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *argv: str | Path, seconds: float = LIVE_SECONDS) -> subprocess.CompletedProcess[bytes]:
        """Run a program in the folder, the secret in its environment; its whole session is killed at the end."""
        with tempfile.TemporaryFile() as output:  # not a pipe: what outlives the program would hold it open
            process = subprocess.Popen(
                [str(word) for word in argv],
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", self.canaries.variable: self.canaries.secret, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            code = _ended(process, seconds)
            output.seek(0)
            return subprocess.CompletedProcess(process.args, code, output.read(MOST_OUTPUT))

    def javascript(self, code: str, seconds: float = LIVE_SECONDS) -> str:
        """What a module prints, run by plain Node; it has the imports that `case.configured` gives."""
        (self.folder / "attack.mjs").write_text(_IMPORTS + self.canaries.fill(code))
        return self.run(self.node, "attack.mjs", seconds=seconds).stdout.decode(errors="replace")

    def browse(self, html: str, seconds: float = LIVE_SECONDS) -> str:
        """The document that a plain browser, with no sandbox, has of a page in a file two seconds of its time later."""
        (self.folder / "page.html").write_text(self.canaries.fill(html))
        flags = ("--no-sandbox", "--dump-dom", "--virtual-time-budget=2000", "--allow-file-access-from-files")
        profile = f"--user-data-dir={self.folder}/profile"
        done = self.run(self.browser, *flags, profile, f"file://{self.folder}/page.html", seconds=seconds)
        return done.stdout.decode(errors="replace")

    def build(self, files: Mapping[str, str]) -> dict[str, bytes]:
        """Build a site with its own Vite, plainly; path -> content of its ``dist``. Its log is ``build.log``."""
        for path, text in files.items():
            target = self.folder / "site" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(self.canaries.fill(text))
        (self.folder / "site/node_modules").symlink_to(self.modules)
        vite = self.modules / "vite/bin/vite.js"
        command = f'cd site && exec "{self.node}" "{vite}" build --outDir ../dist --emptyOutDir'
        done = self.run("/bin/sh", "-c", command)
        dist = self.folder / "dist"
        built = {str(p.relative_to(dist)): p.read_bytes() for p in sorted(dist.rglob("*")) if p.is_file()}
        return built | {"build.log": done.stdout}


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int:
    """Its exit code, when it has ended or its time is over and it was killed. What left its session, the arena ends."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


_IMPORTS = """import fs from 'node:fs';
import cp from 'node:child_process';
import os from 'node:os';
import net from 'node:net';
import path from 'node:path';
"""
