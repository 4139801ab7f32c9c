"""Sites rendered by the real render stage: the first screen of the home page, and what was measured of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from render_worker.render import BUNDLE, make_render
from services.contract import StageReport
from services.judge.protocol import Case, Shot
from services.pipeline.work import StageJob, StageWork
from services.rewards.profile import built_in
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs
from tests.judging.site import Site

SHOT = "home.png"


@dataclass(frozen=True, slots=True)
class Photograph:
    """The first screen, and the facts of the whole report."""

    png: bytes
    facts: dict[str, Any]

    def case(self, instruction: str) -> Case:
        return Case(instruction, (Shot(SHOT, "/", self.png),), self.facts)


def _stage() -> StageWork:
    return make_render(RenderSettings(), make_sandbox(SandboxSettings()))


@dataclass(slots=True)
class Photographer:
    """One browser for all sites, as a worker has it."""

    work: StageWork = field(default_factory=_stage)

    def take(self, site: Site) -> Photograph:
        """The site as the stage sees it in mode ``home``.

        Raises:
            InfrastructureError: the browser failed us.
        """
        blobs = MemoryBlobs()
        profile = built_in()["cascade"].model_copy(update={"render": "home"})
        empty = StageJob("judging", Stage.RENDER, "", "", False, profile, {}, False, blobs)
        bundle = empty.keep(bundled(site.files), "application/zip")
        reports = {Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, artifacts={BUNDLE: bundle})}
        result = self.work(StageJob("judging", Stage.RENDER, "", "", False, profile, reports, False, blobs))
        return Photograph(blobs.get(result.artifacts[SHOT].blob), dict(result.facts))


def bundled(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def unbundled(bundle: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
