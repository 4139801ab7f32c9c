"""Pages made by hand, rendered by the real stage one after another."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from render_worker.render import make_render
from services.contract import StageReport
from services.pipeline.work import StageJob, StageResult
from services.rewards.profile import RenderMode, built_in
from services.sandbox import make_sandbox
from services.settings import RenderSettings, SandboxSettings
from services.stages import Stage
from services.stores.blobs import MemoryBlobs

Files = dict[str, str]
Render = Callable[..., StageResult]


def page(head: str = "", body: str = "") -> str:
    return (
        f"<!doctype html><html><head><title>Tide tables</title>{head}</head><body>"
        f'<div id="root"><h1>Tide tables</h1><p>High water at noon.</p>{body}</div></body></html>'
    )


def script(code: str) -> str:
    return page(f"<script>{code}</script>")


def renderer() -> Render:
    """Renders a page, with further files of its site, in a mode; at home alone where none is given."""
    blobs = MemoryBlobs()
    work = make_render(RenderSettings(routes=2, width=800, height=600), make_sandbox(SandboxSettings()))

    def of(html: str, files: Files | None = None, mode: RenderMode = "home") -> StageResult:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in {"index.html": html, **(files or {})}.items():
                archive.writestr(name, content)
        profile = built_in()["cascade"].model_copy(update={"render": mode})
        empty = StageJob("e", Stage.RENDER, "", "", False, profile, {}, False, blobs)
        bundle = empty.keep(buffer.getvalue(), "application/zip")
        reports = {Stage.BUILD: StageReport(stage=Stage.BUILD, passed=True, artifacts={"bundle.zip": bundle})}
        return work(StageJob("e", Stage.RENDER, "", "", False, profile, reports, False, blobs))

    return of


def told(result: StageResult) -> set[str]:
    """The rules of its findings."""
    return {finding.rule for finding in result.findings}
