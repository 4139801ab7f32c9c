"""The render worker process. Run with ``python -m render_worker.worker``."""

from __future__ import annotations

from collections.abc import Mapping

from render_worker.render import make_render
from render_worker.versions import versions
from services.pipeline.work import StageWork
from services.pipeline.worker import Worker, serve
from services.sandbox import make_sandbox
from services.sandbox.ready import require_ready
from services.settings import RenderSettings
from services.stages import Stage


def main() -> None:
    settings = RenderSettings()
    require_ready(make_sandbox(settings.sandbox))

    def make_work() -> Mapping[Stage, StageWork]:
        return {Stage.RENDER: make_render(settings, make_sandbox(settings.sandbox))}

    serve(
        Worker(
            name="render",
            settings=settings,
            blobs=settings.blobs,
            concurrency=settings.concurrency,
            stages=(Stage.RENDER,),
            make_work=make_work,
            versions=versions(settings),
        )
    )


if __name__ == "__main__":
    main()
