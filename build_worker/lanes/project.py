"""The project lane: the project's own toolchain and configuration, in a sandbox that lives for one job."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from build_worker.dependencies.install import MOUNT_POINTS
from build_worker.lanes.protocol import ENVIRONMENT, SITE, LaneOutcome
from build_worker.node import Node
from build_worker.sizes import log_facts
from services.contract import SiteSource
from services.sandbox import Limits, Mount, Sandbox, SandboxJob

OUTPUT = "out"
_INSIDE = f"/job/{SITE}"
_VITE = "vite/bin/vite.js"
PROJECT_VERSION = "project-1"
"""Changes whenever the project lane builds any site otherwise."""

LIMITS = Limits(
    cpu_seconds=40.0,
    wall_seconds=160.0,
    memory_bytes=2_000_000_000,
    processes=128,
    disk_bytes=256_000_000,
    output_bytes=1_000_000,
    files=2_000,
)
"""A plain site takes 3 CPU-s, 0.3 GB and a dozen processes."""


@dataclass(frozen=True, slots=True)
class ProjectLane:
    """``vite build`` of the project's own Vite, with its own configuration, by a command line of ours."""

    sandbox: Sandbox
    node: Node
    limits: Limits = LIMITS
    name: str = "project"

    def build(self, site: SiteSource, modules: Path) -> LaneOutcome:
        if not has_vite(modules):
            return LaneOutcome(self.name, None)
        run = self.sandbox.run(self._job(site, modules))
        facts = log_facts(run.stdout, run.stderr, run.wall_seconds) if run.exit_code == 0 else {}
        return LaneOutcome(self.name, run, facts=facts)

    def _job(self, site: SiteSource, modules: Path) -> SandboxJob:
        target = f"{_INSIDE}/node_modules"
        flags = ("--outDir", f"/job/{OUTPUT}", "--emptyOutDir", "--base", "/", "--logLevel", "info")
        start = ("/bin/sh", "-c", f'cd {_INSIDE} && exec "$@"', "sh")
        return SandboxJob(
            argv=(*start, self.node.inside, self._heap(), f"node_modules/{_VITE}", "build", *flags),
            files={f"{SITE}/{path}": text.encode() for path, text in site.files.items()},
            mounts=(Mount(modules, target), *self.node.mounts),
            temporary=tuple(f"{target}/{name}" for name in MOUNT_POINTS),
            environment=ENVIRONMENT,
            read_back=OUTPUT,
            limits=self.limits,
        )

    def _heap(self) -> str:
        """Twice the memory limit, in megabytes: where Node ends itself first, as it does by default on small
        machines, no limit would be named."""
        return f"--max-old-space-size={2 * self.limits.memory_bytes // 1_000_000}"


def has_vite(modules: Path) -> bool:
    """Whether the set's ``vite`` is Vite, not another package under that name."""
    try:
        manifest = json.loads((modules / "vite" / "package.json").read_text())
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("name") == "vite" and (modules / _VITE).is_file()
