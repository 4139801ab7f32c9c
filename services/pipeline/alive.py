"""Signs of life: a file that a process touches as long as its own loop goes round, for health checks that look at its
age. Asking the process itself would cost seconds of CPU, and fail while it is busy."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

BEAT_SECONDS = 5.0


def beat(path: Path | None) -> None:
    """Touch the file. A folder that cannot be written is no reason to stop working."""
    if path is not None:
        with contextlib.suppress(OSError):
            path.touch()


def beat_with_worker(path: Path | None) -> None:
    """Touch the file once a Celery worker takes messages, and from then on in its event loop."""

    def begin(sender: Any, **_: object) -> None:
        beat(path)
        sender.timer.call_repeatedly(BEAT_SECONDS, beat, (path,))

    if path is not None:
        worker_ready.connect(begin, weak=False)
