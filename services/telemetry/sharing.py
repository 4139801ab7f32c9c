"""Metrics of a process and of its pool together: each writes to files of its own in one folder; a scrape adds up."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector

from services.scratch import scratch_folder
from services.telemetry.catalogue import METRICS

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which the library finds the folder."""

_PREFIX = "webgen-metrics-"
_GONE = 0
"""Stands for the process id of all processes that are gone."""

_folding = threading.Lock()


@contextmanager
def shared() -> Iterator[Path]:
    """From here on, this process and those that it forks count in a new folder, which is gone at the end.

    What was counted before is forgotten.
    """
    given = os.environ.pop(FOLDER, None)
    with scratch_folder(Path(tempfile.gettempdir()), _PREFIX) as folder:
        for metric in METRICS:
            metric.clear()
        os.environ[FOLDER] = str(folder)
        # The library decides at its import, by the variable; its files would then be there before the folder is.
        before, values.ValueClass = values.ValueClass, values.MultiProcessValue()  # type: ignore[no-untyped-call]
        try:
            yield folder
        finally:
            values.ValueClass = before
            os.environ.pop(FOLDER) if given is None else os.environ.update({FOLDER: given})


def fold(folder: Path) -> None:
    """Put what processes counted that are gone into one file of each kind, so that files do not pile up with every
    process that was replaced. Gauges of theirs are forgotten."""
    with _folding:
        gone = [path for path in folder.glob("*_*.db") if not _lives(_pid(path))]
        for kind in ("counter", "histogram"):
            _merge(folder, kind, [path for path in gone if path.name.startswith(f"{kind}_")])
        for path in gone:
            path.unlink()


def _merge(folder: Path, kind: str, gone: list[Path]) -> None:
    if not gone:
        return
    kept, new = folder / f"{kind}_{_GONE}.db", folder / f".{kind}-new"
    sources = [str(path) for path in (*gone, kept) if path.exists()]
    new.unlink(missing_ok=True)
    written = MmapedDict(str(new))  # type: ignore[no-untyped-call]  # not annotated there
    for metric in MultiProcessCollector.merge(sources, accumulate=False):  # type: ignore[no-untyped-call]
        for sample in metric.samples:
            names, found = list(sample.labels), list(sample.labels.values())
            key = mmap_key(metric.name, sample.name, names, found, metric.documentation)
            written.write_value(key, sample.value, 0.0)  # type: ignore[no-untyped-call]
    written.close()  # type: ignore[no-untyped-call]
    new.replace(kept)


def _pid(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])


def _lives(pid: int) -> bool:
    if pid == _GONE:
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
