"""The resolver process: with the judge, the only one that reaches out. Run: ``python -m build_worker.resolver``."""

from __future__ import annotations

from collections.abc import Mapping

from build_worker.resolve import make_resolve
from build_worker.versions import versions
from services.pipeline.work import StageWork
from services.pipeline.worker import Worker, serve
from services.settings import ResolveSettings
from services.stages import Stage


def main() -> None:
    settings = ResolveSettings()

    def make_work() -> Mapping[Stage, StageWork]:
        return {Stage.RESOLVE: make_resolve(settings)}

    serve(
        Worker(
            name="resolve",
            settings=settings,
            blobs=settings.blobs,
            concurrency=settings.concurrency,
            stages=(Stage.RESOLVE,),
            make_work=make_work,
            versions=versions(settings),
        )
    )


if __name__ == "__main__":
    main()
