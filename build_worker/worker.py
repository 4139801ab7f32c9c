"""The build worker process: the lint and build stages. Run with ``python -m build_worker.worker``."""

from __future__ import annotations

from collections.abc import Mapping

from build_worker.build import make_build
from build_worker.lint import make_lint
from build_worker.versions import versions
from services.pipeline.work import StageWork
from services.pipeline.worker import Worker, serve
from services.sandbox import make_sandbox
from services.sandbox.ready import require_ready
from services.settings import BuildSettings
from services.stages import Stage


def main() -> None:
    settings = BuildSettings()
    require_ready(make_sandbox(settings.sandbox))

    def make_work() -> Mapping[Stage, StageWork]:
        return {Stage.LINT: make_lint(settings), Stage.BUILD: make_build(settings)}

    serve(
        Worker(
            name="build",
            settings=settings,
            blobs=settings.blobs,
            concurrency=settings.concurrency,
            stages=(Stage.LINT, Stage.BUILD),
            make_work=make_work,
            versions=versions(settings),
        )
    )


if __name__ == "__main__":
    main()
